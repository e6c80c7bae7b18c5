"""GraphQL over HTTP, as a bare ASGI application (specification: https://graphql.github.io/graphql-over-http/)."""

import asyncio
from collections.abc import Awaitable
from contextlib import nullcontext, suppress
from time import perf_counter

import strawberry
import structlog
from starlette.types import Receive, Scope, Send

from cache.persisted_queries import PersistedQueries
from cache.rate_limit import Verdict
from core.errors import ClientError, ErrorCode, LimitError
from core.observation import current, observing
from core.observers import Observers
from core.settings import Settings
from core.viewer import Viewer
from gql.context import Context
from gql.documents.document import InvalidDocumentError
from gql.documents.documents import Documents
from gql.operations import Answer, Operations, is_query, is_subscription, note_asked, refused
from server.authentication import authenticate
from server.faults import masked
from server.observing.listeners import shows_parts
from server.observing.timing import timing
from server.overload.gate import Gate
from server.responses.entry import Entry
from server.responses.store import Responses
from server.state import State
from server.uses import Uses
from server.wire.accept import Media, accept_of, negotiate
from server.wire.answer import Headers, encode, rate_headers, send_answer, send_timed_answer
from server.wire.body import ClientLeftError
from server.wire.deadlines import Deadlines, late
from server.wire.explained import explanation, told_of_cache, without_explain
from server.wire.filling import Filling, Outcome, Served
from server.wire.kept import (
    BYPASS,
    HIT,
    MISS,
    NO_STORE,
    STORED,
    cdn_headers,
    edition_of,
    entry_headers,
    is_known,
    keys_of,
    may_be_kept,
)
from server.wire.observed import answered, begun, has_failed, was_kept, was_not_kept, was_refused
from server.wire.params import params_of_body, params_of_query
from server.wire.presence import Presence
from server.wire.refusal import RefusedRequestError, bad_request, error_body, refusal_of
from server.wire.request import Request, read_request

_LOG = structlog.get_logger("broadsheet.wire")
_AT_ONCE = nullcontext()
_NO_STREAM = (
    "A subscription is answered as it goes on: accept text/event-stream or multipart/mixed;subscriptionSpec=1.0, "
    "or ask over a WebSocket."
)


class GraphQLEndpoint:
    """Answers what comes to its path; `open` gives it what it works with, once the application has started."""

    def __init__(self, schema: strawberry.Schema, settings: Settings, observers: Observers, gate: Gate) -> None:
        self._observers = observers
        self._shows_parts = shows_parts(settings)
        self._schema = schema
        self._settings = settings
        development = settings.environment == "development"
        self._explains = development if settings.explain is None else settings.explain
        self.operations = Operations(schema, settings, suggest=development)
        self.documents = Documents(schema, settings)
        self._edition = edition_of(settings)
        self._state: State | None = None
        self._executions, self._turns = gate.executions, gate.turns
        self._deadlines = Deadlines(settings.request_timeout)
        self.responses: Responses | None = None
        """What is kept; None where nothing is."""
        self.uses = Uses()
        """Of what is deprecated."""

    def open(self, state: State, responses: Responses | None) -> None:
        """Serve with these from now on."""
        self._state = state
        self.responses = responses
        self.documents.keep_registered(PersistedQueries(state.redis, self._settings.persisted_queries_kept))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        began = perf_counter()
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        taken = negotiate(accept_of(scope))
        media = taken or Media.JSON
        observation = begun(self._observers, "http", scope["request_id"], headers)
        try:
            _check_answer_is_taken(taken)
            request = await read_request(scope, headers, receive, self._settings)
            task = self._deadlines.begin(request.began)
            try:
                served = await self._served(request)
            finally:
                self._deadlines.end(task)
        except RefusedRequestError as refusal:
            was_refused(observation, refusal.error)
            await _refuse(send, media, refusal)
        except ClientError as error:
            was_refused(observation, error)
            await _refuse(send, media, refusal_of(error, media))
        except asyncio.CancelledError:
            why = self._deadlines.why_cancelled()
            was_refused(observation, why)
            await _refuse(send, media, refusal_of(why, media))
        except ClientLeftError:
            pass  # nobody is there to be answered
        except Exception as error:  # noqa: BLE001 - whatever it is, the client hears nothing of it
            has_failed(observation)
            _LOG.error("request_failed", exc_info=error)
            text, _ = encode(masked(scope["request_id"]), self._settings.max_answer)
            await send_answer(send, 500, media, text, [NO_STORE])
        else:
            status = 304 if served.unchanged else 200 if media is Media.JSON or served.good else 400
            told = timing(began, observation, parts=self._shows_parts)
            await send_timed_answer(send, status, media, served.text, [*served.headers, told])
        finally:
            if observation is not None:
                self._observers.end(observation)

    async def _served(self, request: Request) -> Served:
        """The answer, one that was kept where there is one that still holds."""
        responses = self.responses
        if responses is None or not may_be_kept(request.raw):
            return await self._executed(request, None)
        viewer = await self._viewer(request)
        keys = keys_of(viewer, self._edition, request.method, request.raw)
        if responses.is_passed_by(keys):
            return await self._executed(request, viewer)
        try:
            found = await responses.find(keys)
        except ClientError:
            # Nobody can say what was changed: nothing that was kept is believed. What needs no database is answered.
            return await self._executed(request, viewer)
        if isinstance(found, Entry):
            verdict = _allowed(self._opened.services.rates.charge(viewer, request.caller.address, 1))
            self.uses.count(request.headers, found.deprecated)
            was_kept(current(), found)
            known = request.method == "GET" and is_known(found, request.headers.get(b"if-none-match"))
            with_it = self._headers_of(request, found, HIT, verdict)
            return Served(b"" if known else found.body, with_it, unchanged=known)
        try:
            return await self._executed(request, viewer, Filling(responses, keys, found))
        finally:
            responses.end(found)

    @property
    def _opened(self) -> State:
        assert self._state is not None, "the application has not started"
        return self._state

    async def _viewer(self, request: Request) -> Viewer:
        services = self._opened.services
        return await authenticate(request.headers.get(b"authorization"), services.access_tokens, services.database)

    async def _executed(self, request: Request, viewer: Viewer | None, filling: Filling | None = None) -> Served:
        """The answer of an execution; kept, if it can be, where `filling` says."""
        settings, services, caller = self._settings, self._opened.services, request.caller
        read = params_of_query if request.method == "GET" else params_of_body
        params = read(request.raw, settings.max_variables)
        try:
            document = await self.documents.find(params.asked)
        except InvalidDocumentError as error:
            # Somebody who sends nothing else shall have no more of it than of the rest.
            verdict = _allowed(services.rates.charge_address(caller.address, 1))
            answer = refused(error.errors)
            answered(current(), answer)
            return self._encoded(answer, [*rate_headers(verdict), NO_STORE])
        operation = document.operation(params.operation_name)
        note_asked(current(), document, operation)
        reads = is_query(operation)
        if is_subscription(operation):
            raise bad_request(_NO_STREAM, 406)
        if request.method == "GET" and not reads:
            raise bad_request("What writes is sent by POST.", 405, Allow="POST")
        explains = params.explain and self._explains
        with self._executions, observing() if explains else nullcontext() as counted:
            if viewer is None:
                viewer = await self._viewer(request)
            cost = self.operations.cost(document, operation, params.variables)
            self.operations.check_cost(cost, document, viewer)
            verdict = _allowed(services.rates.charge(viewer, caller.address, max(cost, 1)))
            deprecated = self.operations.deprecated(document, params.variables)
            self.uses.count(request.headers, deprecated)
            kept = await self._kept_for(request, viewer) if explains else None
            context = Context(services, viewer, caller, request.id)
            if filling is not None:
                context.position = filling.flight.moment.position
            async with self._turns.one() if reads else _AT_ONCE:
                if reads and request.is_gone():
                    raise ClientLeftError
                running = self.operations.run(document, operation, params.variables, context)
                self._deadlines.end(asyncio.current_task())  # the time that is left is counted there
                try:
                    answer = await self._while_there(running, request.receive if reads else None, request.began)
                finally:
                    context.close()
        answered(current(), answer)
        asks = reads and (filling is not None or explains)
        terms = self.operations.terms(document, operation, cost, context, deprecated) if asks else None
        if counted is not None:
            told = told_of_cache(kept, context.session.tags, may_be_kept=None not in (self.responses, terms))
            answer.body["extensions"] = explanation(cost, verdict, counted, told, answer.executor)
            terms = None  # it tells of the caller, too
        outcome = Outcome(self._encoded(answer, []), answer, context, terms)
        outcome.served.headers = self._headers_after(request, outcome, filling, verdict)
        return outcome.served

    def _headers_after(self, request: Request, outcome: Outcome, filling: Filling | None, verdict: Verdict) -> Headers:
        """The headers of what was executed just now."""
        entry = None if filling is None else filling.fill(outcome)
        passed_by = filling is None or outcome.terms is None
        was_not_kept(current(), passed_by=passed_by)
        if entry is not None:
            return self._headers_of(request, entry, STORED, verdict)
        return [BYPASS if passed_by else MISS, NO_STORE, *rate_headers(verdict)]

    def _headers_of(self, request: Request, entry: Entry, status: tuple[bytes, bytes], verdict: Verdict) -> Headers:
        """The headers of an answer that is kept; in those for a CDN, which shows them to others, stands no caller."""
        seconds = self._settings.cdn_max_age
        if seconds and request.method == "GET" and request.names_nobody:
            found = cdn_headers(entry, status, seconds)
            if found is not None:
                # Which origin's page may read it stands in the answer, too.
                return [*found, (b"vary", b"Origin")] if self._settings.cors_origins else found
        return [*entry_headers(entry, status), *rate_headers(verdict)]

    async def _kept_for(self, request: Request, viewer: Viewer) -> Entry | None:
        """What would be served now, did the client not want it explained."""
        responses = self.responses
        if responses is None:
            return None
        with observing(apart=True):  # apart from what the operation itself takes
            for raw in filter(may_be_kept, without_explain(request.method, request.raw)):
                with suppress(ClientError):
                    entry = await responses.peek(keys_of(viewer, self._edition, request.method, raw))
                    if entry is not None:
                        return entry
        return None

    async def _while_there(self, running: Awaitable[Answer], receive: Receive | None, began: float) -> Answer:
        """The answer, within the time that its request may take; no longer than its client waits, if `receive` tells.

        What writes is done, whether somebody waits for it or not.
        """
        try:
            # Whatever it waited for before, who it is or what was changed, is taken off.
            async with Presence(receive, self._settings.request_timeout - (perf_counter() - began)):
                return await running
        except TimeoutError:
            raise late() from None

    def _encoded(self, answer: Answer, headers: Headers) -> Served:
        text, whole = encode(answer.body, self._settings.max_answer)
        return Served(text, headers, good=answer.executed and whole)


def _check_answer_is_taken(media: Media | None) -> None:
    if media is None:
        raise bad_request("Answers are application/graphql-response+json or application/json.", 406)


def _allowed(verdict: Verdict) -> Verdict:
    """The verdict, if it was a good one.

    Raises:
        RefusedRequestError: 429.

    """
    if verdict.allowed:
        return verdict
    seconds = max(1, round(verdict.retry_after + 0.5))
    message = f"You asked for more than you may; try again in {seconds} seconds."
    error = LimitError(ErrorCode.RATE_LIMITED, message, verdict.limit, verdict.limit - verdict.remaining)
    raise RefusedRequestError(429, error, {n.decode(): v.decode() for n, v in rate_headers(verdict)})


async def _refuse(send: Send, media: Media, refusal: RefusedRequestError) -> None:
    text, _ = encode(error_body(refusal.error), 1_000_000)
    headers = [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
    await send_answer(send, refusal.status, media, text, [NO_STORE, *headers])
