"""The answer to who is not let in: the same bytes each time, but for the number of the request."""

import orjson
from starlette.types import Scope, Send

from core.errors import UnavailableError
from server.envelope import SAFE, number_of
from server.wire.refusal import error_body

RETRY_AFTER = (b"1", b"2", b"3")
"""Seconds, told in turn, so that not all come back at once."""
_BODY = orjson.dumps(error_body(UnavailableError("The service is busy.")))
_HEADERS = [
    (b"content-type", b"application/json; charset=utf-8"),
    (b"content-length", b"%d" % len(_BODY)),
    (b"cache-control", b"no-store"),
    (b"vary", b"Accept, Authorization"),
]
_LINES = b"".join(b"%b: %b\r\n" % header for header in (*_HEADERS, *SAFE))
_HEADS = [b"%bretry-after: %b\r\nx-request-id: " % (_LINES, seconds) for seconds in RETRY_AFTER]
_END, _LAST_END = b"\r\n\r\n" + _BODY, b"\r\nconnection: close\r\n\r\n" + _BODY


def shed_bytes(
    headers: list[tuple[bytes, bytes]], defaults: list[tuple[bytes, bytes]], turn: int, *, keep: bool
) -> bytes:
    """The whole answer as HTTP/1.1.

    Args:
        headers: those of the request.
        defaults: what the server puts into every answer.
        turn: any number that goes up.
        keep: whether the connection is kept.

    """
    parts = [b"HTTP/1.1 503 Service Unavailable\r\n"]
    parts += [b"%b: %b\r\n" % header for header in defaults]
    parts += (_HEADS[turn % len(_HEADS)], number_of(headers).encode(), _END if keep else _LAST_END)
    return b"".join(parts)


async def shed(scope: Scope, send: Send, turn: int) -> None:
    """Answer a request in the application, where what surrounds it adds the rest."""
    headers = [*_HEADERS, (b"retry-after", RETRY_AFTER[turn % len(RETRY_AFTER)])]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else _BODY})


async def shed_socket(scope: Scope, send: Send, turn: int) -> None:
    """Refuse a WebSocket: with the same answer where the server can, else with its 403."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1013})
        return
    headers = [*_HEADERS, (b"retry-after", RETRY_AFTER[turn % len(RETRY_AFTER)])]
    await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": _BODY})
