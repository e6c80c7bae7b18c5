"""What a client calls itself: a name in a header, as those of Apollo and others send it."""

from collections.abc import Mapping

_NAMES = (b"apollographql-client-name", b"x-graphql-client-name", b"graphql-client-name")
_VERSIONS = (b"apollographql-client-version", b"x-graphql-client-version", b"graphql-client-version")

CLIENT_HEADERS = tuple(name.decode() for name in (*_NAMES, *_VERSIONS))
"""Those that pages of other origins may send, too."""

UNNAMED = "unnamed"
LONGEST = 60
"""Characters of a name that count."""


def client_name(headers: Mapping[bytes, str]) -> str:
    """The name, made fit for a label: at most 60 printable characters of ASCII; `unnamed` without one."""
    for name in _NAMES:
        given = headers.get(name)
        if given:
            kept = "".join(sign if " " <= sign <= "~" else "?" for sign in given.strip()[:LONGEST])
            return kept or UNNAMED
    return UNNAMED
