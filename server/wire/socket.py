"""GraphQL over WebSocket, by graphql-transport-ws (https://github.com/enisdenjo/graphql-ws, PROTOCOL.md)."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic
from typing import Any, NoReturn
from urllib.parse import urlsplit

import orjson
import structlog
from starlette.types import Receive, Scope, Send

from core.errors import ClientError, ErrorCode, LimitError, UnauthenticatedError
from gql.context import Caller
from server.events.subscription import TooSlowError
from server.faults import masked
from server.wire.body import parse_json
from server.wire.lasting import Lasting, Token, Why
from server.wire.live import Listener, Live, NotStartedError, Started
from server.wire.params import Params, params_of
from server.wire.refusal import RefusedRequestError, error_body

PROTOCOL = "graphql-transport-ws"
CLOSE_WITHIN = 1.0
"""Seconds that the word of the end may take, where a client does not read."""
LONGEST_ID = 200

_LOG = structlog.get_logger("broadsheet.sockets")

_ENDS = {
    Why.LATE: (4408, "Connection initialisation timeout"),
    Why.EXPIRED: (4403, "Forbidden: the access token has expired, or its session was ended"),
    Why.SLOW: (1013, "Too much waits to be read; connect again"),
    Why.STOPS: (1012, "The service restarts; connect again"),
}


class CloseError(Exception):
    """The socket is to be closed, with a code of the protocol."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Sockets:
    """Serves sockets, each by a `Socket`."""

    def __init__(self, live: Live) -> None:
        self._live = live
        origins = live.settings.cors_origins
        self._origins = {origin.strip() for origin in origins.split(",") if origin.strip()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one."""
        message = await receive()
        if message["type"] != "websocket.connect":
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if not self._may_come(headers):
            await send({"type": "websocket.close", "code": 1008})
            return
        spoken = PROTOCOL in scope.get("subprotocols", ())
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL if spoken else None})
        if not spoken:
            await _close(send, 4406, "Subprotocol not acceptable")
        elif self._live.running >= self._live.settings.max_streams:
            await _close(send, 1013, "The service is busy; try again later")
        else:
            self._live.running += 1
            try:
                await Socket(self._live, scope, headers, receive, send).serve()
            finally:
                self._live.running -= 1

    def _may_come(self, headers: Mapping[bytes, str]) -> bool:
        """A page of another origin may only where the settings let it: browsers ask nobody else about sockets."""
        origin = headers.get(b"origin")
        if origin is None or origin in self._origins or "*" in self._origins:
            return True
        return urlsplit(origin).netloc.lower() == headers.get(b"host", "").lower()


class Socket:
    """One connection, and the operations that run over it."""

    def __init__(self, live: Live, scope: Scope, headers: Mapping[bytes, str], receive: Receive, send: Send) -> None:
        self._live = live
        self._receive = receive
        self._send = send
        self._header = headers.get(b"authorization")
        self._lasting = Lasting()
        client = scope.get("client")
        caller = Caller(client[0] if client else "", headers.get(b"user-agent"))
        self._listener = Listener(self._lasting.seat, caller, scope["request_id"])
        self._token: Token | None = None
        """Once the client has said who he is."""
        self._operations: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        """Serve it to its end."""
        self._lasting.end_after(self._live.settings.socket_init_timeout, Why.LATE)
        reading = asyncio.create_task(self._read())
        try:
            ends: set[asyncio.Future[Any]] = {reading, self._lasting.ended}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._lasting.close()
            await _cancelled(reading, *self._operations.values())
        error = None if reading.cancelled() else reading.exception()
        if isinstance(error, CloseError):
            await _close(self._send, error.code, error.reason)
        elif error is not None:
            _LOG.error("socket_failed", exc_info=error)
            await _close(self._send, 1011, "Internal error")
        elif self._lasting.ended.done():
            await _close(self._send, *_ENDS[self._lasting.ended.result()])

    async def _read(self) -> None:
        """What the client says, to his end.

        Raises:
            CloseError: he does not keep to the protocol.

        """
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                raise CloseError(4400, "Messages are text")
            if len(text) > self._live.settings.max_message or len(text.encode()) > self._live.settings.max_message:
                raise CloseError(1009, f"A message may have {self._live.settings.max_message} bytes")
            await self._take(_parsed(text))

    async def _take(self, message: Mapping[str, Any]) -> None:
        payload = message.get("payload")
        match message.get("type"):
            case "connection_init":
                await self._begin(_object_or_none(payload))
            case "ping":
                _object_or_none(payload)
                await self._say({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})
            case "pong":
                _object_or_none(payload)
            case "subscribe":
                await self._subscribe(_id_of(message), payload)
            case "complete":
                task = self._operations.pop(_id_of(message), None)
                if task is not None:
                    await _cancelled(task)
            case _:
                raise CloseError(4400, "There is no message of this type")

    async def _begin(self, payload: Mapping[str, Any] | None) -> None:
        if self._token is not None:
            raise CloseError(4429, "Too many initialisation requests")
        services = self._live.state.services
        header = _authorization(payload or {}) or self._header
        token = Token(header, services.access_tokens, services.database)
        try:
            self._lasting.seat.viewer = await token.viewer()
            self._lasting.end_after(token.seconds, Why.EXPIRED)
        except UnauthenticatedError as error:
            raise CloseError(4403, f"Forbidden: {error.message}") from None
        except ClientError as error:
            raise CloseError(1013, error.message) from None
        self._token = token
        self._lasting.end_after(None, Why.LATE)
        await self._say({"type": "connection_ack"})

    async def _subscribe(self, name: str, payload: Any) -> None:
        if self._token is None:
            raise CloseError(4401, "Unauthorized")
        if name in self._operations:
            raise CloseError(4409, f"Subscriber for {name} already exists")
        if not isinstance(payload, dict):
            raise CloseError(4400, "`payload` is no object")
        try:
            params = params_of(payload)
        except RefusedRequestError as error:
            raise CloseError(4400, error.error.message) from None
        most, found = self._live.settings.max_socket_operations, len(self._operations) + 1
        if found > most:
            message = f"{found} operations at once over one connection, and {most} are allowed."
            await self._fail(name, error_body(LimitError(ErrorCode.RATE_LIMITED, message, most, found))["errors"])
            return
        begun = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._operate(name, params, self._token, begun))
        self._operations[name] = task
        # The next message is read when this one has begun: a pong that comes after it says that nothing is missed.
        await asyncio.wait({task, begun}, return_when=asyncio.FIRST_COMPLETED)

    async def _operate(self, name: str, params: Params, token: Token, begun: "asyncio.Future[None]") -> None:
        try:
            try:
                self._lasting.seat.viewer = await token.viewer()
                started = await self._live.start(params, self._listener)
            finally:
                if not begun.done():
                    begun.set_result(None)
            await self._tell(name, started)
        except UnauthenticatedError:
            self._lasting.end(Why.EXPIRED)
        except TooSlowError:
            self._lasting.end(Why.SLOW)
        except NotStartedError as error:
            await self._fail(name, error.errors)
        except ClientError as error:
            await self._fail(name, error_body(error)["errors"])
        except RefusedRequestError as error:
            await self._fail(name, error_body(error.error)["errors"])
        except Exception as error:  # noqa: BLE001 - whatever it is, the client hears nothing of it
            _LOG.error("operation_failed", exc_info=error)
            await self._fail(name, masked(self._listener.request_id)["errors"])

    async def _tell(self, name: str, started: Started) -> None:
        head = b'{"id":%b,"type":"next","payload":' % orjson.dumps(name)
        seat = self._lasting.seat
        try:
            async for text in started.texts:
                seat.sending_since = seat.sending_since or monotonic()
                await self._send({"type": "websocket.send", "text": (head + text + b"}").decode()})
                seat.sending_since = None
        finally:
            await started.aclose()
        # Whoever hears of the end may use the name again.
        self._operations.pop(name, None)
        await self._say({"id": name, "type": "complete"})

    async def _fail(self, name: str, errors: object) -> None:
        self._operations.pop(name, None)
        await self._say({"id": name, "type": "error", "payload": errors})

    async def _say(self, message: Mapping[str, Any]) -> None:
        await self._send({"type": "websocket.send", "text": orjson.dumps(message).decode()})


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        found = parse_json(text, "The message")
    except RefusedRequestError:
        raise CloseError(4400, "The message is no JSON") from None
    if not isinstance(found, dict):
        raise CloseError(4400, "The message is no JSON object")
    return found


def _id_of(message: Mapping[str, Any]) -> str:
    name = message.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID:
        raise CloseError(4400, "`id` is no string, or empty, or too long")
    return name


def _object_or_none(payload: Any) -> Mapping[str, Any] | None:
    if payload is not None and not isinstance(payload, dict):
        raise CloseError(4400, "`payload` is no object")
    return payload


def _authorization(payload: Mapping[str, Any]) -> str | None:
    """The header that a client puts into its first message, for browsers let pages send none with the request."""
    inner = payload.get("headers")
    for some in (payload, inner if isinstance(inner, dict) else {}):
        for name, value in some.items():
            if name.lower() == "authorization" and value is not None:
                if not isinstance(value, str):
                    _refuse_token()
                return value
    return None


def _refuse_token() -> NoReturn:
    raise CloseError(4400, "`Authorization` is no string")


async def _cancelled(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _close(send: Send, code: int, reason: str) -> None:
    """Say the end; whoever does not read does not hear it."""
    # A close frame has room for 123 bytes of a reason.
    short = reason.encode()[:120].decode(errors="ignore")
    with suppress(TimeoutError, OSError, RuntimeError):
        async with asyncio.timeout(CLOSE_WITHIN):
            await send({"type": "websocket.close", "code": code, "reason": short})
