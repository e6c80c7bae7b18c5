"""uvicorn's HTTP/1.1 protocol, with bounds on the time and the size of a request's head, which it has none of."""

import asyncio
from functools import partial
from http import HTTPStatus
from typing import Any, cast

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from core.errors import BadRequestError, ClientError, DeadlineError, ErrorCode, LimitError
from core.settings import Settings
from server.wire.refusal import error_body
from server.wire.streams import ABORT, LEAVE


class HeadTooLargeError(Exception):
    """Raised inside the parser's callbacks, which stops it."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection; `bounded_protocol` gives the bounds: seconds, and bytes."""

    def __init__(self, *given: Any, head_seconds: float, most_head: int, **named: Any) -> None:
        super().__init__(*given, **named)
        self.head_seconds = head_seconds
        self.most_head = most_head

    _head_timer: asyncio.TimerHandle | None = None
    _head_size = 0
    _in_head = True
    _refusal: tuple[HTTPStatus, ClientError] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; a head that is too large or too slow ends the connection."""
        if self._in_head:
            self._head_size += len(data)
        super().data_received(data)
        # Most heads come whole, and need not be waited for.
        if self._in_head and self._head_size and not self.transport.is_closing():
            if self._head_size > self.most_head:
                self._refuse_large_head(self._head_size)
                self.send_400_response("")
            elif self._head_timer is None:
                self._await_head()

    def on_headers_complete(self) -> None:
        """Serve the request, if its head is no larger than it may be."""
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self.most_head:
            self._refuse_large_head(size)
            raise HeadTooLargeError
        self._stop_timer()
        self._in_head, self._head_size = False, 0
        scope: dict[str, Any] = self.scope  # type: ignore[assignment] # it has room for more than uvicorn puts there
        scope[ABORT] = self.transport.abort
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What comes next is a head again."""
        self._in_head = True
        super().on_message_complete()

    def shutdown(self) -> None:
        """Let the answer come to its end; one that has none of its own is told to."""
        super().shutdown()
        scope: dict[str, Any] = getattr(self, "scope", {})
        if LEAVE in scope:
            scope[LEAVE]()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request, or what was refused, as JSON; and hang up."""
        default = HTTPStatus.BAD_REQUEST, BadRequestError(msg or "This is no HTTP request.")
        status, error = self._refusal or default
        body = orjson.dumps(error_body(error))
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/json; charset=utf-8\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\nx-content-type-options: nosniff\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(self.head_seconds, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self.transport.is_closing() or not self._in_head:
            return
        if self._head_size == 0:
            self.transport.close()  # a connection that never asked anything
            return
        error = DeadlineError(f"The headers did not come within {self.head_seconds:g} seconds.")
        self._refusal = HTTPStatus.REQUEST_TIMEOUT, error
        self.send_400_response("")

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse_large_head(self, size: int) -> None:
        message = f"The request's line and headers have {size} bytes or more, and {self.most_head} are allowed."
        error = LimitError(ErrorCode.QUERY_TOO_LARGE, message, self.most_head, size)
        self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, error


def bounded_protocol(settings: Settings) -> type[BoundedHttpProtocol]:
    """What makes the protocol of a connection with the bounds of the settings; another process can be given it."""
    made = partial(BoundedHttpProtocol, head_seconds=settings.header_timeout, most_head=settings.max_headers)
    return cast("type[BoundedHttpProtocol]", made)  # it is only called
