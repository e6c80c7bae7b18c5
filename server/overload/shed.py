"""The answer to who is not let in: the same bytes each time, but for the number of the request."""

import orjson
from starlette.types import Scope, Send

from core.errors import UnavailableError
from server.envelope import SAFE
from server.overload.gate import PLACE, Gate
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
_END, _LAST_END = b"\r\n\r\n" + _BODY, b"\r\nconnection: close\r\n\r\n" + _BODY


class Refusals:
    """The whole answers as HTTP/1.1: all but the number is made once, for as long as the server's headers stay."""

    def __init__(self) -> None:
        self._defaults: list[tuple[bytes, bytes]] = []
        self._heads = _heads([])

    def made(self, number: bytes, defaults: list[tuple[bytes, bytes]], turn: int, *, keep: bool) -> bytes:
        """One of them.

        Args:
            number: that of the request.
            defaults: headers that the server puts into every answer; another list, never another content.
            turn: any number that goes up.
            keep: whether the connection is kept.

        """
        if defaults is not self._defaults:
            self._defaults, self._heads = defaults, _heads(defaults)
        return self._heads[turn % len(self._heads)] + number + (_END if keep else _LAST_END)


def _heads(defaults: list[tuple[bytes, bytes]]) -> list[bytes]:
    lines = b"".join(b"%b: %b\r\n" % header for header in defaults) + _LINES
    status = b"HTTP/1.1 503 Service Unavailable\r\n"
    return [b"%b%bretry-after: %b\r\nx-request-id: " % (status, lines, seconds) for seconds in RETRY_AFTER]


async def find_place(gate: Gate, scope: Scope, send: Send) -> bool:
    """Let a request in that the server left to the application, or answer it; what surrounds it adds the rest."""
    if gate.requests.take():
        scope[PLACE] = True
        return True
    turn = gate.requests.shed
    headers = [*_HEADERS, (b"retry-after", RETRY_AFTER[turn % len(RETRY_AFTER)])]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else _BODY})
    return False


async def shed_socket(scope: Scope, send: Send, turn: int) -> None:
    """Refuse a WebSocket: with the same answer where the server can, else with its 403."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1013})
        return
    headers = [*_HEADERS, (b"retry-after", RETRY_AFTER[turn % len(RETRY_AFTER)])]
    await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": _BODY})
