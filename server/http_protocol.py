"""uvicorn's HTTP/1.1 protocol, with what it has none of.

There are bounds on the time and the size of a request's head. Who is not let in is answered before anything is made for
him. And a process that stops hangs up on nobody who may be about to ask: see `shutdown`.
"""

import asyncio
from functools import partial
from http import HTTPStatus
from itertools import chain
from math import inf
from typing import Any, cast

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from core.errors import BadRequestError, ClientError, DeadlineError, ErrorCode, LimitError
from core.settings import Settings
from server.envelope import new_number, number_of
from server.http_answer import write_answer
from server.overload.gate import GATE, PLACE, Gate
from server.overload.glance import Glance
from server.overload.shed import Refusals
from server.whole import ANSWER, BODY
from server.wire.presence import GONE
from server.wire.refusal import error_body
from server.wire.streams import ABORT, LEAVE

PATH = b"/graphql"
_PATH_AND_QUERY = b"/graphql?"
_METHODS = (b"POST", b"GET")


class HeadTooLargeError(Exception):
    """Raised inside the parser's callbacks, which stops it."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection; `bounded_protocol` gives the bounds, seconds and bytes, and what all connections share."""

    def __init__(
        self,
        *given: Any,
        head_seconds: float,
        most_head: int,
        answers_origins: bool,
        glance: Glance,
        refusals: Refusals,
        **named: Any,
    ) -> None:
        super().__init__(*given, **named)
        self.head_seconds = head_seconds
        self.most_head = most_head
        self.answers_origins = answers_origins
        self.glance = glance
        self.refusals = refusals
        self.gate: Gate = self.app_state[GATE]

    _head_timer: asyncio.TimerHandle | None = None
    _head_size = 0
    _in_head = True
    _came_whole = False
    """Whether nobody can have read of the body that is being read: its head came just now."""
    _refusal: tuple[HTTPStatus, ClientError] | None = None
    _shed_at = -inf
    """When a request was refused last."""
    _is_shed = False
    """Whether the request that is being read was answered already."""
    _keeps = True
    """Whether the connection is kept after that."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_timer()
        super().connection_lost(exc)
        if (scope := cast("dict[str, Any] | None", self.scope)) is not None:
            scope.pop(GONE, None)  # it leads back here: else only the collector could put the connection away

    def has_lost_client(self) -> bool:
        """Whether the connection is closed: `connection_lost` may come a turn of the event loop later.

        What that will say is said now, or else uvicorn would take it for a fault that nothing is answered.
        """
        if not self.transport.is_closing():
            return False
        if self.cycle is not None:
            self.cycle.disconnected = True
        return True

    def data_received(self, data: bytes) -> None:
        """Read on; a head that is too large or too slow ends the connection."""
        requests = self.gate.requests
        if requests.in_flight >= requests.limit and self._is_refused(data):
            return
        if self._in_head:
            self._head_size += len(data)
        super().data_received(data)
        self._came_whole = False
        # Most heads come whole, and need not be waited for.
        if self._in_head and self._head_size and not self.transport.is_closing():
            if self._head_size > self.most_head:
                self._refuse_large_head(self._head_size)
                self.send_400_response("")
            elif self._head_timer is None:
                self._await_head()
        elif self._is_shed and self._head_timer is None:
            self._await_head()  # or rather the rest of a body that nobody wants

    def _is_refused(self, data: bytes) -> bool:
        """Refuse a request that is known by a glance, if this is one; the parser hears nothing of it."""
        requests = self.gate.requests
        if not (self._in_head and self._head_size == 0 and self._owes_nothing()) or self.gate.is_draining:
            return False
        number = self.glance.whole_request(data)
        if number is None:
            return False
        requests.shed += 1
        # The timer of the idle connection runs on, and will see that it was none.
        self._shed_at = self.loop.time()
        self.transport.write(self._refusal_for(number or new_number().encode(), keep=True))
        return True

    def pause_writing(self) -> None:
        """Read no further from somebody who does not read what he is refused with."""
        super().pause_writing()
        if self._owes_nothing():
            self.flow.pause_reading()

    def resume_writing(self) -> None:
        """Read on."""
        super().resume_writing()
        if self._owes_nothing():
            self.flow.resume_reading()

    def _owes_nothing(self) -> bool:
        """Whether no answer of the application is under way."""
        return self.cycle is None or self.cycle.response_complete

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection, if it was idle."""
        idle = self.loop.time() - self._shed_at
        if idle < self.timeout_keep_alive:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive - idle, self.timeout_keep_alive_handler
            )
        else:
            super().timeout_keep_alive_handler()

    def on_headers_complete(self) -> None:
        """Serve the request, if its head is no larger than it may be."""
        size = len(self.url) + 4 * len(self.headers) + sum(map(len, chain.from_iterable(self.headers)))
        if size > self.most_head:
            self._refuse_large_head(size)
            raise HeadTooLargeError
        self._stop_timer()
        self._in_head, self._head_size = False, 0
        scope: dict[str, Any] = self.scope  # type: ignore[assignment] # it has room for more than uvicorn puts there
        scope[ABORT], scope[GONE] = self.transport.abort, self.has_lost_client
        self._came_whole = True
        is_first = self._owes_nothing()
        requests = self.gate.requests
        if requests.in_flight >= requests.limit and is_first and self._asks_graphql():
            self._shed()
            return
        super().on_headers_complete()
        scope[ANSWER] = partial(write_answer, self.cycle)
        # One that waits for another on this connection is let in when it begins. The application gives places back.
        if is_first and scope.get("path") == "/graphql" and requests.in_flight < requests.limit:
            requests.take()
            scope[PLACE] = True
        if self.gate.is_draining and self.cycle is not None:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Take a part of the body, unless its request was answered already."""
        if not self._is_shed:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """What comes next is a head again."""
        self._in_head = True
        if not self._is_shed:
            super().on_message_complete()
            if self._came_whole and self.cycle is not None:
                scope: dict[str, Any] = self.scope  # type: ignore[assignment] # as above
                scope[BODY] = bytes(self.cycle.body)
            return
        self._is_shed = False
        self._stop_timer()
        if self._keeps:
            self._unset_keepalive_if_required()  # of one refused just before, whose bytes came with these
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        else:
            self.transport.close()

    def keep_no_longer(self) -> None:
        """Let the answer that is due say that it is the last; one that has begun to be sent can no longer."""
        if self.cycle is not None and not self.cycle.response_started:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """Let the answer come to its end, and then hang up; one that has no end of its own is told to.

        A `GracefulServer` calls it again and again. Where no answer is due, the client may have sent a request that has
        not arrived: the connection is left for as long as it would be kept anyway, and one more request is answered.
        """
        if not self._owes_nothing():
            self.keep_no_longer()
            scope: dict[str, Any] = getattr(self, "scope", {})
            if LEAVE in scope:
                scope[LEAVE]()
        elif (self.gate.is_closing or not self.gate.is_draining) and self._head_size == 0 and not self._is_shed:
            self.transport.close()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection to the WebSocket's protocol, if it is let in; a handshake costs as much as a query."""
        if self.gate.takes_sockets:
            super().handle_websocket_upgrade()
            return
        self.gate.requests.shed += 1
        self.transport.write(self._refusal_for(number_of(self.headers).encode(), keep=False))
        self.transport.close()

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

    def _asks_graphql(self) -> bool:
        """Whether the request is one for a place, and can be answered here as well as by the application."""
        if self.url != PATH and not self.url.startswith(_PATH_AND_QUERY):
            return False
        if self.parser.get_method() not in _METHODS or self.expect_100_continue or self.parser.should_upgrade():
            return False
        # There the application says who may read the answer.
        return not (self.answers_origins and any(name == b"origin" for name, _ in self.headers))

    def _shed(self) -> None:
        """Say that there is no place."""
        self.gate.requests.shed += 1
        self._is_shed = True
        self._keeps = (
            self.parser.should_keep_alive() and self.parser.get_http_version() != "1.0" and not self.gate.is_draining
        )
        self.transport.write(self._refusal_for(number_of(self.headers).encode(), keep=self._keeps))

    def _refusal_for(self, number: bytes, *, keep: bool) -> bytes:
        return self.refusals.made(number, self.server_state.default_headers, self.gate.requests.shed, keep=keep)

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(self.head_seconds, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self.transport.is_closing() or not (self._in_head or self._is_shed):
            return
        if self._head_size == 0:
            self.timeout_keep_alive_handler()  # a connection that never asked anything, or was refused what it asked
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
    origins = bool(settings.cors_origins)
    made = partial(
        BoundedHttpProtocol,
        head_seconds=settings.header_timeout,
        most_head=settings.max_headers,
        answers_origins=origins,
        glance=Glance(settings.max_headers, origins=origins),
        refusals=Refusals(),
    )
    return cast("type[BoundedHttpProtocol]", made)  # it is only called
