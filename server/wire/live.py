"""What sockets and streams share: from the parameters of an operation to its answers, one or many."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Hashable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import orjson
import strawberry

from cache.rate_limit import Verdict
from core.errors import ClientError, DeadlineError, ErrorCode, LimitError
from core.observation import Observation
from core.observers import Observers
from core.settings import Settings
from db.events import Event
from gql.context import Context
from gql.documents.document import InvalidDocumentError
from gql.documents.documents import Documents
from gql.events.execution import Asked, LiveOperations
from gql.events.variables import variables_below_root
from gql.operations import Answer, Operations, is_query, is_subscription, note_asked, refused
from server.events.hub import Hub
from server.events.results import Result, Results
from server.overload.gate import Gate
from server.state import State
from server.uses import Uses
from server.wire.answer import encode
from server.wire.lasting import Why
from server.wire.listener import Listener, NotStartedError, Started
from server.wire.observed import answered, begun, has_begun, has_failed, was_refused, went_wrong
from server.wire.params import Params

_TRIES = 6
_PASSING = {ErrorCode.SERVICE_UNAVAILABLE.value, ErrorCode.TIMEOUT.value}


class Live:
    """Runs operations whose answers go over a connection that lasts."""

    def __init__(
        self,
        schema: strawberry.Schema,
        settings: Settings,
        documents: Documents,
        operations: Operations,
        uses: Uses,
        observers: Observers,
        gate: Gate,
    ) -> None:
        self.settings = settings
        self.documents = documents
        self._operations = operations
        self._uses = uses
        self._observers = observers
        self.gate = gate
        self._live = LiveOperations(schema, settings, suggest=settings.environment == "development")
        self.results = Results()
        self.running = 0
        """Connections that last, at the moment."""
        self.sockets = 0
        """Those of them that are WebSockets."""
        self.told = 0
        """Events that subscribers were told of."""
        self.ended: Counter[Why] = Counter()
        """Connections that were ended from this side."""
        self._writing: set[asyncio.Task[Answer]] = set()
        self._state: State | None = None
        self._hub: Hub | None = None

    def open(self, state: State, hub: Hub) -> None:
        """Serve with these from now on."""
        self._state, self._hub = state, hub

    @property
    def hub(self) -> Hub | None:
        """What brings events; None before the application has started."""
        return self._hub

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
        observation = begun(self._observers, listener.transport, listener.request_id, listener.headers)
        try:
            with _failures_noted(observation):
                started = await self._started(params, listener, observation)
        except BaseException:
            self._end(observation)
            raise
        if started.source is None:
            started.ended = partial(self._end, observation)
        else:
            self._end(observation)
        return started

    def _end(self, observation: Observation | None) -> None:
        if observation is not None:
            self._observers.end(observation)

    async def _started(self, params: Params, listener: Listener, observation: Observation | None) -> Started:
        rates, seat = self.state.services.rates, listener.seat
        try:
            document = await self.documents.find(params.asked)
        except InvalidDocumentError as error:
            _check_rate(rates.charge_address(listener.caller.address, 1))
            raise NotStartedError(refused(error.errors).body["errors"]) from None
        operation = document.operation(params.operation_name)
        note_asked(observation, document, operation)
        cost = self._operations.cost(document, operation, params.variables)
        self._operations.check_cost(cost, document, seat.viewer)
        _check_rate(rates.charge(seat.viewer, listener.caller.address, max(cost, 1)))
        self._uses.count(listener.headers, self._operations.deprecated(document, params.variables))
        asked = Asked(document, operation, params.variables)
        if is_subscription(operation):
            return await self._subscribed(asked, listener, observation)
        self.gate.executions.check()
        return Started(self._answered(asked, listener, observation))

    async def _subscribed(self, asked: Asked, listener: Listener, observation: Observation | None) -> Started:
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
        has_begun(observation)
        return Started(self._texts(source, asked, listener), source)

    async def _texts(
        self, source: AsyncIterator[Event], asked: Asked, listener: Listener
    ) -> AsyncGenerator[bytes, None]:
        question = _question(asked)
        async for event in source:
            make = partial(self._told, asked, listener, event)
            # The moment, too: in a restored log other events get the same places. Gaps have none of their own.
            place = (event.position, event.kind, event.at if event.xid else None)
            text = await self.results.of(place, question, listener.seat.viewer, make)
            self.told += 1
            yield text

    async def _told(self, asked: Asked, listener: Listener, event: Event) -> Result:
        """What is told of an event; asked for again where that failed by something that passes."""
        observation = begun(self._observers, listener.transport, listener.request_id, listener.headers)
        note_asked(observation, asked.document, asked.operation, of_event=True)
        try:
            with _failures_noted(observation):
                return await self._told_in_time(asked, listener, event, observation)
        finally:
            self._end(observation)

    async def _told_in_time(
        self, asked: Asked, listener: Listener, event: Event, observation: Observation | None
    ) -> Result:
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
            answered(observation, answer)
            text, _ = encode(answer.body, self.settings.max_answer)
            return Result(text, viewer if context.asker.was_consulted else None)
        raise DeadlineError("What is told of the event could not be read in time.")

    async def _answered(
        self, asked: Asked, listener: Listener, observation: Observation | None
    ) -> AsyncGenerator[bytes, None]:
        context = self._context(listener)
        place = self.gate.executions.take()  # there was one just now
        try:
            with _failures_noted(observation):
                answer = await self._run(asked, context)
        finally:
            if place:
                self.gate.executions.leave()
            context.close()
        answered(observation, answer)
        text, _ = encode(answer.body, self.settings.max_answer)
        yield text

    async def _run(self, asked: Asked, context: Context) -> Answer:
        try:
            async with asyncio.timeout(self.settings.request_timeout):
                run = partial(self._operations.run, asked.document, asked.operation, asked.variables, context)
                if not is_query(asked.operation):
                    return await self._to_its_end(run())
                async with self.gate.turns.one():
                    return await run()
        except TimeoutError:
            raise DeadlineError("The request took longer than it may.") from None

    async def _to_its_end(self, running: Coroutine[Any, Any, Answer]) -> Answer:
        """What writes is done, whether somebody waits for it or not."""
        task = asyncio.create_task(running)
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        return await asyncio.shield(task)

    def _context(self, listener: Listener) -> Context:
        return Context(self.state.services, listener.seat.viewer, listener.caller, listener.request_id)


@contextmanager
def _failures_noted(observation: Observation | None) -> Iterator[None]:
    try:
        yield
    except NotStartedError as error:
        went_wrong(observation, error.errors)
        raise
    except ClientError as error:
        was_refused(observation, error)
        raise
    except Exception:
        has_failed(observation)
        raise


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
