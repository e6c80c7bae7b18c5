"""A request known by a glance at its bytes, so that it can be refused for less than it costs to parse it.

Only what is beyond doubt is known so: a whole request to GraphQL as clients send it, whose end does not depend on who
reads it. Anything else is for the parser.
"""

from server.envelope import ACCEPTED

_STARTS = (b"POST /graphql HTTP/1.1\r\n", b"GET /graphql?")
_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length: "
_NUMBER = b"\r\nx-request-id: "


def whole_request(data: bytes, most_head: int, *, origins: bool) -> bytes | None:
    """The number that a request names (empty: none), if these bytes are a whole one and no more; None: who knows.

    Args:
        data: bytes from the beginning of a request on.
        most_head: bytes that its line and headers may have.
        origins: whether one with an `Origin` is for somebody else.

    """
    end = data.find(_END)
    if not (0 < end <= most_head and data.startswith(_STARTS)):
        return None
    head = data[: end + 2].lower()
    if _is_doubtful(head, origins=origins) or len(data) != end + len(_END) + _length(head):
        return None
    at = head.find(_NUMBER)
    if at < 0:
        return b""
    number = data[at + len(_NUMBER) : end].partition(b"\r\n")[0]
    return number if ACCEPTED.fullmatch(number) else b""


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
