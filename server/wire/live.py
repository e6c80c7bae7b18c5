"""What sockets and streams share: from the parameters of an operation to its answers, one or many."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
import strawberry

from cache.rate_limit import Verdict
from core.errors import ClientError, DeadlineError, ErrorCode, LimitError, UnauthenticatedError
from core.settings import Settings
from db.events import Event
from gql.context import Caller, Context
from gql.documents.document import InvalidDocumentError
from gql.documents.documents import Documents
from gql.events.execution import Asked, LiveOperations
from gql.events.variables import variables_below_root
from gql.operations import Answer, Operations, is_query, is_subscription, refused
from server.events.hub import Heard, Hub
from server.events.results import Result, Results
from server.events.subscription import Seat
from server.overload.gate import Gate
from server.state import State
from server.uses import Uses
from server.wire.answer import encode
from server.wire.params import Params

_TRIES = 6
_PASSING = {ErrorCode.SERVICE_UNAVAILABLE.value, ErrorCode.TIMEOUT.value}
EXPIRED = UnauthenticatedError("The access token has expired, or its session was ended. Sign in again.")
"""Of a connection that has lasted longer than its token."""


@dataclass(slots=True)
class Started:
    """An operation that runs: its answers as JSON; of a subscription there may be any number."""

    texts: AsyncGenerator[bytes, None]
    source: AsyncIterator[Event] | None = None
    """Of a subscription."""

    async def aclose(self) -> None:
        """End it; whoever began it does this, though he took no answer."""
        await self.texts.aclose()
        if isinstance(self.source, Heard):
            await self.source.aclose()


@dataclass(frozen=True, slots=True)
class Listener:
    """Who sends operations over one connection."""

    seat: Seat
    caller: Caller
    request_id: str
    headers: Mapping[bytes, str]
    """Of the request that opened it."""


class NotStartedError(Exception):
    """An operation that was refused before anything of it ran; `errors` say why."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors


class Live:
    """Runs operations whose answers go over a connection that lasts."""

    def __init__(
        self,
        schema: strawberry.Schema,
        settings: Settings,
        documents: Documents,
        operations: Operations,
        uses: Uses,
        gate: Gate,
    ) -> None:
        self.settings = settings
        self.documents = documents
        self._operations = operations
        self._uses = uses
        self.gate = gate
        self._live = LiveOperations(schema, settings, suggest=settings.environment == "development")
        self.results = Results()
        self.running = 0
        """Connections that last, at the moment."""
        self._writing: set[asyncio.Task[Answer]] = set()
        self._state: State | None = None
        self._hub: Hub | None = None

    def open(self, state: State, hub: Hub) -> None:
        """Serve with these from now on."""
        self._state, self._hub = state, hub

    @property
    def state(self) -> State:
        """What the application keeps open."""
        assert self._state is not None, "the application has not started"
        return self._state

    async def start(self, params: Params, listener: Listener) -> Started:
        """Begin an operation. A subscription that was begun misses nothing that is committed from now on.

        Raises:
            NotStartedError: its document is none, or its variables do not fit.
            ClientError: it goes beyond a limit, or cannot be served.

        """
        rates, seat = self.state.services.rates, listener.seat
        try:
            document = await self.documents.find(params.asked)
        except InvalidDocumentError as error:
            _check_rate(rates.charge_address(listener.caller.address, 1))
            raise NotStartedError(refused(error.errors).body["errors"]) from None
        operation = document.operation(params.operation_name)
        cost = self._operations.cost(document, operation, params.variables)
        self._operations.check_cost(cost, document, seat.viewer)
        _check_rate(rates.charge(seat.viewer, listener.caller.address, max(cost, 1)))
        self._uses.count(listener.headers, self._operations.deprecated(document, params.variables))
        asked = Asked(document, operation, params.variables)
        if is_subscription(operation):
            return await self._subscribed(asked, listener)
        self.gate.executions.check()
        return Started(self._answered(asked, listener))

    async def _subscribed(self, asked: Asked, listener: Listener) -> Started:
        hub = self._hub
        assert hub is not None
        context = self._context(listener)
        context.subscribes = lambda topic, after: hub.begun(topic, after, listener.seat)
        try:
            async with asyncio.timeout(self.settings.request_timeout):
                source = await self._live.source(asked, context)
        except TimeoutError:
            raise DeadlineError("The subscription could not be begun in time.") from None
        finally:
            context.close()
        if isinstance(source, Answer):
            raise NotStartedError(source.body["errors"])
        return Started(self._texts(source, asked, listener), source)

    async def _texts(
        self, source: AsyncIterator[Event], asked: Asked, listener: Listener
    ) -> AsyncGenerator[bytes, None]:
        question = _question(asked)
        async for event in source:
            make = partial(self._told, asked, listener, event)
            place = (event.position, event.kind)
            yield await self.results.of(place, question, listener.seat.viewer, make)

    async def _told(self, asked: Asked, listener: Listener, event: Event) -> Result:
        """What is told of an event; asked for again where that failed by something that passes."""
        for attempt in range(_TRIES):
            viewer = listener.seat.viewer
            context = self._context(listener)
            try:
                async with asyncio.timeout(self.settings.request_timeout):
                    answer = await self._live.told(asked, context, event)
            except TimeoutError:
                continue
            finally:
                context.close()
            if _is_passing(answer) and attempt < _TRIES - 1:
                await asyncio.sleep(0.2 * 2**attempt)
                continue
            text, _ = encode(answer.body, self.settings.max_answer)
            return Result(text, viewer if context.asker.was_consulted else None)
        raise DeadlineError("What is told of the event could not be read in time.")

    async def _answered(self, asked: Asked, listener: Listener) -> AsyncGenerator[bytes, None]:
        context = self._context(listener)
        place = self.gate.executions.take()  # there was one just now
        try:
            async with asyncio.timeout(self.settings.request_timeout):
                running = self._operations.run(asked.document, asked.operation, asked.variables, context)
                answer = await (running if is_query(asked.operation) else self._to_its_end(running))
        except TimeoutError:
            raise DeadlineError("The request took longer than it may.") from None
        finally:
            if place:
                self.gate.executions.leave()
            context.close()
        text, _ = encode(answer.body, self.settings.max_answer)
        yield text

    async def _to_its_end(self, running: Coroutine[Any, Any, Answer]) -> Answer:
        """What writes is done, whether somebody waits for it or not."""
        task = asyncio.create_task(running)
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        return await asyncio.shield(task)

    def _context(self, listener: Listener) -> Context:
        return Context(self.state.services, listener.seat.viewer, listener.caller, listener.request_id)


def _question(asked: Asked) -> Hashable:
    """What tells one question from another: not where the events come from, but what is asked of each."""
    names = variables_below_root(asked.document.node, asked.operation)
    given = {name: asked.variables[name] for name in sorted(names) if name in asked.variables}
    operation = asked.operation.name.value if asked.operation.name else None
    return asked.document, operation, orjson.dumps(given, option=orjson.OPT_SORT_KEYS, default=str)


def _is_passing(answer: Answer) -> bool:
    errors = answer.body.get("errors", ())
    return any(error.get("extensions", {}).get("code") in _PASSING for error in errors)


def _check_rate(verdict: Verdict) -> None:
    if not verdict.allowed:
        raise rate_error(verdict)


def rate_error(verdict: Verdict) -> ClientError:
    """What a caller is told who has no points left."""
    seconds = max(1, round(verdict.retry_after + 0.5))
    message = f"You asked for more than you may; try again in {seconds} seconds."
    return LimitError(ErrorCode.RATE_LIMITED, message, verdict.limit, verdict.limit - verdict.remaining)
