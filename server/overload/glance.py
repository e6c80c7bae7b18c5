"""A request known by a glance at its bytes, so that it can be refused for less than it costs to parse it.

Only what is beyond doubt is known so: a whole request to GraphQL as clients send it, whose end does not depend on who
reads it. Anything else is for the parser.
"""

import re

MOST_KNOWN = 256
"""Heads that are remembered: those of one program differ in their number, which is left out, and the body's length."""
LONGEST_KNOWN = 2_048
"""Bytes of each of them at the most."""
_STARTS = (b"POST /graphql HTTP/1.1\r\n", b"GET /graphql?")
_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length: "
_NUMBER = re.compile(rb"\r\nx-request-id: ([A-Za-z0-9._-]{1,64})(?=\r\n)", re.IGNORECASE)
"""The line of an accepted number: nothing in it can mean anything else."""


class Glance:
    """Looks at bytes, and remembers heads that were plain: who is refused comes again, and others like him."""

    def __init__(self, most_head: int, *, origins: bool) -> None:
        """Begin with none.

        Args:
            most_head: bytes that the line and the headers of a request may have.
            origins: whether one with an `Origin` is for somebody else.

        """
        self._most_head = most_head
        self._origins = origins
        self._known: dict[bytes, int] = {}

    def whole_request(self, data: bytes) -> bytes | None:
        """The number that a request names (empty: none), if these bytes are a whole one and no more; None: who knows.

        Args:
            data: bytes from the beginning of a request on.

        """
        end = data.find(_END)
        if not 0 < end <= self._most_head:
            return None
        head, number = data[: end + len(_END)], b""
        found = _NUMBER.search(head)
        if found is not None:
            head, number = head[: found.start()] + head[found.end() :], found[1]
        length = self._known.get(head)
        if length is None:
            length = _length_after(head, origins=self._origins)
            if length < 0:
                return None
            if len(head) <= LONGEST_KNOWN:
                self._remember(head, length)
        return number if len(data) == end + len(_END) + length else None

    def _remember(self, head: bytes, length: int) -> None:
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[head] = length


def _length_after(head: bytes, *, origins: bool) -> int:
    """Bytes of the body after a head, whose last two line ends are included; -1 if anything about it is in doubt."""
    lines = head[:-2].lower()
    return -1 if not head.startswith(_STARTS) or _is_doubtful(lines, origins=origins) else _length(lines)


def _is_doubtful(head: bytes, *, origins: bool) -> bool:
    """Whether its end, or who answers, is not plain; words count anywhere, also where they mean nothing."""
    lines = head.count(b"\r\n")
    return (
        b"x-request-id" in head
        or b"transfer-encoding" in head
        or b"expect" in head
        or b"upgrade" in head
        or b" http/1.1\r\n" not in head
        or (b"\r\nconnection:" in head and b"\r\nconnection: keep-alive\r\n" not in head)
        or (origins and b"\r\norigin:" in head)
        # A line that goes on, or ends in one sign of the two, is another line to others.
        or b"\r\n " in head
        or b"\r\n\t" in head
        or head.count(b"\n") != lines
        or head.count(b"\r") != lines
    )


def _length(head: bytes) -> int:
    """Bytes of the body; -1 where that is not plain."""
    if b"content-length" not in head:
        return 0
    at = head.find(_LENGTH)
    if at < 0 or head.count(b"content-length") != 1:
        return -1
    digits = head[at + len(_LENGTH) : head.index(b"\r\n", at + 2)]
    return int(digits) if digits.isdigit() else -1
