"""Which media type an answer gets, by the `Accept` header (RFC 9110, 12.5.1; GraphQL over HTTP, Media Types)."""

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache

from starlette.types import Scope


class Media(Enum):
    """The media types of answers; in `JSON`, a request that is well-formed is answered 200 whatever comes of it."""

    RESPONSE = b"application/graphql-response+json; charset=utf-8"
    JSON = b"application/json; charset=utf-8"


_OFFERED = ((Media.JSON, "application/json"), (Media.RESPONSE, "application/graphql-response+json"))


_ACCEPT = "broadsheet.accept"
"""In the scope, once it was looked for."""


def accept_of(scope: Scope) -> str:
    """What a request's `Accept` says: several of them are one list."""
    known: str | None = scope.get(_ACCEPT)
    if known is None:
        given = scope["headers"]
        by_name = dict(given)
        found = by_name.get(b"accept", b"")
        if len(by_name) < len(given):  # some came several times
            found = b",".join(value for name, value in given if name == b"accept")
        known = scope[_ACCEPT] = found.decode("latin-1")
    return known


@lru_cache(maxsize=256)
def negotiate(accept: str) -> Media | None:
    """The media type that a client likes best; None if it takes neither.

    Without a header, and where a client likes both the same, it is the one that is named, and else JSON, which every
    client reads.
    """
    if not accept.strip():
        return Media.JSON
    ranges: dict[str, float] = {}
    for name, quality in (_range(item) for item in accept.split(",") if item.strip()):
        ranges[name] = max(quality, ranges.get(name, 0.0))
    liked = [(_quality(ranges, name), name in ranges, media) for media, name in _OFFERED]
    best, _, media = max(liked, key=lambda one: one[:2])
    return media if best > 0 else None


def _quality(ranges: Mapping[str, float], name: str) -> float:
    """What the most specific range says that covers the name."""
    return next((ranges[one] for one in (name, "application/*", "*/*") if one in ranges), 0.0)


def _range(item: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in item.split(";"))
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 0.0
            quality = quality if 0 <= quality <= 1 else 0.0
        elif key == "charset" and value.strip('"') not in ("utf-8", "utf8"):
            quality = 0.0
    return name, quality
