"""Subscriptions over HTTP: server-sent events by the protocol of graphql-sse, and parts as Apollo Client reads them.

graphql-sse: https://github.com/enisdenjo/graphql-sse, PROTOCOL.md, “Distinct connections mode”; here queries and
mutations are answered so, too. Apollo: “Multipart HTTP protocol for GraphQL Subscriptions”, subscriptionSpec 1.0.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from functools import lru_cache
from time import monotonic
from typing import Any

import orjson
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import ClientError, UnavailableError
from gql.documents.document import InvalidDocumentError
from gql.operations import is_subscription
from server.events.subscription import TooSlowError
from server.faults import masked
from server.wire.accept import Media, accept_of, negotiate
from server.wire.answer import encode, send_answer
from server.wire.body import ClientLeftError
from server.wire.deadlines import stopped
from server.wire.framing import EVENTS, PARTS, Framing
from server.wire.lasting import Lasting, Token, Why
from server.wire.listener import EXPIRED, Listener, NotStartedError, Started
from server.wire.live import Live
from server.wire.params import Params, params_of_body, params_of_query
from server.wire.refusal import RefusedRequestError, error_body, status_of
from server.wire.request import Request, read_request

ABORT, LEAVE = "broadsheet.abort", "broadsheet.leave"
"""In the scope: what hangs up at once, by the server; what ends a stream when the process stops, for the server."""

_LOG = structlog.get_logger("broadsheet.streams")
_HEADERS = [(b"cache-control", b"no-store"), (b"vary", b"Accept, Authorization"), (b"x-accel-buffering", b"no")]


class Streams:
    """Answers those who take streams; hands on what is answered once to `app`."""

    def __init__(self, app: ASGIApp, live: Live) -> None:
        self._app = app
        self._live = live

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request."""
        framing = _framing(accept_of(scope))
        return self._app(scope, receive, send) if framing is None else self._stream(scope, receive, send, framing)

    async def _stream(self, scope: Scope, receive: Receive, send: Send, framing: Framing) -> None:
        accept = accept_of(scope)
        takes_json = negotiate(_without_streams(accept)) is not None and bool(_without_streams(accept).strip())
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        try:
            request = await read_request(scope, headers, receive, self._live.settings)
            params, streams = await self._read(request)
            if takes_json and not streams:
                await self._app(scope, _again(request, receive), send)
            else:
                await self._serve(scope, request, params, framing, send)
        except RefusedRequestError as refusal:
            text, _ = encode(error_body(refusal.error), 1_000_000)
            given = [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
            await send_answer(send, refusal.status, Media.JSON, text, given)
        except ClientLeftError:
            pass  # nobody is there to be answered

    async def _read(self, request: Request) -> tuple[Params, bool]:
        """What is asked, and whether it is a subscription, as far as that can be told."""
        read = params_of_query if request.method == "GET" else params_of_body
        params = read(request.raw, self._live.settings.max_variables)
        with suppress(InvalidDocumentError, ClientError):
            document = await self._live.documents.find(params.asked)
            return params, is_subscription(document.operation(params.operation_name))
        return params, False

    async def _serve(self, scope: Scope, request: Request, params: Params, framing: Framing, send: Send) -> None:
        if self._live.running >= self._live.settings.max_streams:
            error = UnavailableError("The service is busy.")
            raise RefusedRequestError(503, error, {"Retry-After": "1"})
        self._live.running += 1
        try:
            await Stream(self._live, scope, request, framing, send).serve(params)
        finally:
            self._live.running -= 1


class Stream:
    """One answer that goes on."""

    def __init__(self, live: Live, scope: Scope, request: Request, framing: Framing, send: Send) -> None:
        self._live = live
        self._scope = scope
        self._request = request
        self._framing = framing
        self._send = send
        self._lasting = Lasting()
        self._listener = Listener(self._lasting.seat, request.caller, request.id, request.headers)
        self._said_at = monotonic()

    async def serve(self, params: Params) -> None:
        """Serve it to its end.

        Raises:
            RefusedRequestError: it was not begun, and the protocol has a status for that.

        """
        started: Started | None = None
        errors: object = None
        try:
            started = await self._started(params)
        except asyncio.CancelledError:
            raise RefusedRequestError(503, stopped(), {"Retry-After": "1"}) from None
        except NotStartedError as error:
            errors = error.errors
        except ClientError as error:
            if status_of(error) in (401, 503):
                raise RefusedRequestError(status_of(error) or 400, error) from None
            errors = error_body(error)["errors"]
        self._scope[LEAVE] = lambda: self._lasting.end(Why.STOPS)
        # It stays, and counts among those who do.
        self._live.gate.leave(self._scope)
        await self._begin()
        if started is None:
            await self._end(self._framing.answer(orjson.dumps({"errors": errors})) + self._framing.end)
        else:
            await self._last(started)

    async def _started(self, params: Params) -> Started:
        services = self._live.state.services
        token = Token(self._request.headers.get(b"authorization"), services.access_tokens, services.database)
        self._lasting.seat.viewer = await token.viewer()
        self._lasting.end_after(token.seconds, Why.EXPIRED)
        return await self._live.start(params, self._listener)

    async def _last(self, started: Started) -> None:
        telling = asyncio.create_task(self._tell(started))
        others = [asyncio.create_task(self._notice_leaving()), asyncio.create_task(self._live_on())]
        try:
            ends: set[asyncio.Future[Any]] = {telling, others[0], self._lasting.ended}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (telling, *others):
                task.cancel()
            await asyncio.gather(telling, *others, return_exceptions=True)
            self._lasting.close()
            await started.aclose()
        error = None if telling.cancelled() else telling.exception()
        why = self._lasting.ended.result() if self._lasting.ended.done() else None
        why = Why.SLOW if isinstance(error, TooSlowError) else why
        if why is not None:
            self._live.ended[why] += 1
        if why is Why.SLOW:
            self._scope.get(ABORT, _nothing)()
        elif isinstance(error, ClientError):
            await self._end(self._framing.failure(orjson.dumps(error_body(error)["errors"])))
        elif error is not None:
            _LOG.error("stream_failed", exc_info=error)
            await self._end(self._framing.failure(orjson.dumps(masked(self._request.id)["errors"])))
        elif why is Why.EXPIRED:
            await self._end(self._framing.failure(orjson.dumps(error_body(EXPIRED)["errors"])))
        elif why is Why.STOPS:
            error_ = UnavailableError("The service restarts; subscribe again.")
            await self._end(self._framing.interruption(orjson.dumps(error_body(error_)["errors"])))
        elif not telling.cancelled():
            await self._end(self._framing.end)

    async def _tell(self, started: Started) -> None:
        seat = self._lasting.seat
        async for text in started.texts:
            seat.sending_since = self._said_at = monotonic()
            await self._body(self._framing.answer(text))
            seat.sending_since = None

    async def _live_on(self) -> None:
        """Say now and then that the stream is alive, so that no proxy takes it for dead."""
        every = self._live.settings.stream_heartbeat
        while True:
            await asyncio.sleep(max(self._said_at + every - monotonic(), 0.01))
            if monotonic() - self._said_at >= every:
                self._said_at = monotonic()
                await self._body(self._framing.heartbeat)

    async def _notice_leaving(self) -> None:
        while (await self._request.receive())["type"] != "http.disconnect":
            pass

    async def _begin(self) -> None:
        headers = [(b"content-type", self._framing.media), *_HEADERS]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._body(self._framing.begin)

    async def _body(self, text: bytes) -> None:
        await self._send({"type": "http.response.body", "body": text, "more_body": True})

    async def _end(self, text: bytes) -> None:
        await self._send({"type": "http.response.body", "body": text, "more_body": False})


def _nothing() -> None:
    pass


def _ranges(accept: str) -> list[list[str]]:
    return [[part.strip().lower() for part in item.split(";")] for item in accept.split(",")]


@lru_cache(maxsize=256)
def _framing(accept: str) -> Framing | None:
    """The stream that a client takes, if he takes one."""
    found = None
    for name, *parameters in _ranges(accept):
        if name == "text/event-stream":
            return EVENTS
        if name == "multipart/mixed" and any(p.replace('"', "") == "subscriptionspec=1.0" for p in parameters):
            found = PARTS
    return found


def _without_streams(accept: str) -> str:
    streams = ("text/event-stream", "multipart/mixed")
    return ",".join(";".join(item) for item in _ranges(accept) if item[0] not in streams)


def _again(request: Request, receive: Receive) -> Receive:
    """The request's body once more, for whoever answers it once."""
    is_read = False

    async def read() -> Message:
        nonlocal is_read
        if is_read or request.method == "GET":
            return await receive()
        is_read = True
        return {"type": "http.request", "body": request.raw, "more_body": False}

    return read
