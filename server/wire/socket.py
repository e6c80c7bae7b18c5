"""One WebSocket, and the operations that run over it."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic
from typing import Any

import orjson
import structlog
from starlette.types import Receive, Scope, Send

from core.errors import ClientError, ErrorCode, LimitError, UnauthenticatedError
from gql.context import Caller
from server.events.subscription import TooSlowError
from server.faults import masked
from server.wire.body import ClientLeftError
from server.wire.lasting import Lasting, Token, Why
from server.wire.listener import Listener, NotStartedError, Started
from server.wire.live import Live
from server.wire.messages import ENDS, CloseError, authorization, close, id_of, object_or_none, parsed
from server.wire.params import Params, params_of
from server.wire.refusal import RefusedRequestError, error_body

_LOG = structlog.get_logger("broadsheet.sockets")


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
        self._listener = Listener(self._lasting.seat, caller, scope["request_id"], headers, "websocket")
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
            if self._lasting.ended.done():
                self._live.ended[self._lasting.ended.result()] += 1
        finally:
            self._lasting.close()
            await _cancelled(reading, *self._operations.values())
        error = None if reading.cancelled() else reading.exception()
        if isinstance(error, ClientLeftError):
            return
        if isinstance(error, CloseError):
            await close(self._send, error.code, error.reason)
        elif error is not None:
            _LOG.error("socket_failed", exc_info=error)
            await close(self._send, 1011, "Internal error")
        elif self._lasting.ended.done():
            await close(self._send, *ENDS[self._lasting.ended.result()])

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
            await self._take(parsed(text))

    async def _take(self, message: Mapping[str, Any]) -> None:
        payload = message.get("payload")
        match message.get("type"):
            case "connection_init":
                await self._begin(object_or_none(payload))
            case "ping":
                object_or_none(payload)
                await self._say({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})
            case "pong":
                object_or_none(payload)
            case "subscribe":
                await self._subscribe(id_of(message), payload)
            case "complete":
                task = self._operations.pop(id_of(message), None)
                if task is not None:
                    await _cancelled(task)
            case _:
                raise CloseError(4400, "There is no message of this type")

    async def _begin(self, payload: Mapping[str, Any] | None) -> None:
        if self._token is not None:
            raise CloseError(4429, "Too many initialisation requests")
        services = self._live.state.services
        header = authorization(payload or {}) or self._header
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
        with suppress(ClientLeftError):
            errors = await self._errors_of(name, params, token, begun)
            if errors is not None:
                await self._fail(name, errors)

    async def _errors_of(self, name: str, params: Params, token: Token, begun: "asyncio.Future[None]") -> object:
        """Tell all answers of an operation; the errors for which it was not begun, or did not go on."""
        try:
            try:
                self._lasting.seat.viewer = await token.viewer()
                started = await self._live.start(params, self._listener)
            finally:
                if not begun.done():
                    begun.set_result(None)
            await self._tell(name, started)
        except ClientLeftError:
            raise
        except UnauthenticatedError:
            self._lasting.end(Why.EXPIRED)
        except TooSlowError:
            self._lasting.end(Why.SLOW)
        except NotStartedError as error:
            return error.errors
        except ClientError as error:
            return error_body(error)["errors"]
        except Exception as error:  # noqa: BLE001 - whatever it is, the client hears nothing of it
            _LOG.error("operation_failed", exc_info=error)
            return masked(self._listener.request_id)["errors"]
        return None

    async def _tell(self, name: str, started: Started) -> None:
        head = b'{"id":%b,"type":"next","payload":' % orjson.dumps(name)
        seat = self._lasting.seat
        try:
            async for text in started.texts:
                seat.sending_since = seat.sending_since or monotonic()
                await self._write(head + text + b"}")
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
        await self._write(orjson.dumps(message))

    async def _write(self, text: bytes) -> None:
        """Send a message; raises ClientLeftError."""
        try:
            await self._send({"type": "websocket.send", "text": text.decode()})
        except OSError:
            raise ClientLeftError from None


async def _cancelled(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
