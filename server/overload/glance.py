"""A request known by a glance at its bytes, so that it can be refused for less than it costs to parse it.

Only what is beyond doubt is known so: a whole request to GraphQL as clients send it, whose end does not depend on who
reads it. Anything else is for the parser.
"""

from typing import NamedTuple

from server.envelope import ACCEPTED

MOST_KNOWN = 256
"""Heads that are remembered: those of one program differ in little but the length of the body."""
LONGEST_KNOWN = 2_048
"""Bytes of each of them at the most."""
_STARTS = (b"POST /graphql HTTP/1.1\r\n", b"GET /graphql?")
_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length: "
_NUMBER = b"\r\nx-request-id: "


class _Read(NamedTuple):
    """What a head says."""

    size: int
    """Bytes of the whole request."""
    number: bytes
    """The number that it names; empty: none."""


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
        self._known: dict[bytes, _Read] = {}

    def whole_request(self, data: bytes) -> bytes | None:
        """The number that a request names (empty: none), if these bytes are a whole one and no more; None: who knows.

        Args:
            data: bytes from the beginning of a request on.

        """
        end = data.find(_END)
        if not 0 < end <= self._most_head:
            return None
        head = data[: end + len(_END)]
        read = self._known.get(head)
        if read is None:
            read = _read(head, origins=self._origins)
            if read is None:
                return None
            # A head with a number of its own is not seen again.
            if not read.number and len(head) <= LONGEST_KNOWN:
                self._remember(head, read)
        return read.number if len(data) == read.size else None

    def _remember(self, head: bytes, read: _Read) -> None:
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[head] = read


def _read(head: bytes, *, origins: bool) -> _Read | None:
    """What a head says, its last two line ends included; None if anything about it is in doubt."""
    if not head.startswith(_STARTS):
        return None
    lines = head[:-2].lower()
    length = -1 if _is_doubtful(lines, origins=origins) else _length(lines)
    if length < 0:
        return None
    at = lines.find(_NUMBER)
    number = b"" if at < 0 else head[at + len(_NUMBER) :].partition(b"\r\n")[0]
    return _Read(len(head) + length, number if ACCEPTED.fullmatch(number) else b"")


def _is_doubtful(head: bytes, *, origins: bool) -> bool:
    """Whether its end, or who answers, is not plain; words count anywhere, also where they mean nothing."""
    lines = head.count(b"\r\n")
    return (
        b"transfer-encoding" in head
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
