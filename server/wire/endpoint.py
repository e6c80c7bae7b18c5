"""GraphQL over HTTP, as a bare ASGI application (specification: https://graphql.github.io/graphql-over-http/)."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import strawberry
import structlog
from starlette.types import Receive, Scope, Send

from cache.persisted_queries import PersistedQueries
from cache.rate_limit import Verdict
from core.errors import ClientError, DeadlineError, ErrorCode, LimitError, UnauthenticatedError, UnavailableError
from core.settings import Settings
from core.viewer import Viewer
from db.counting import Counted, counting
from gql.context import Caller, Context
from gql.documents.document import InvalidDocumentError
from gql.documents.documents import Documents
from gql.operations import Answer, Operations, is_query, refused
from server.authentication import authenticate
from server.faults import masked
from server.responses.entry import Entry
from server.responses.store import Responses
from server.state import State
from server.wire.accept import Media, negotiate
from server.wire.answer import Headers, encode, rate_headers, send_answer
from server.wire.body import ClientLeftError, read_body
from server.wire.filling import Filling, Served
from server.wire.kept import (
    BYPASS,
    HIT,
    NO_STORE,
    entry_headers,
    is_known,
    key_of,
    may_be_kept,
)
from server.wire.params import params_of_body, params_of_query
from server.wire.presence import Presence
from server.wire.refusal import RefusedRequestError, bad_request, error_body, status_of

_LOG = structlog.get_logger("broadsheet.wire")
_JSON = "application/json"


class GraphQLEndpoint:
    """Answers what comes to its path; `open` gives it what it works with, once the application has started."""

    def __init__(self, schema: strawberry.Schema, settings: Settings) -> None:
        self._schema = schema
        self._settings = settings
        development = settings.environment == "development"
        self._explains = development if settings.explain is None else settings.explain
        self._operations = Operations(schema, settings, suggest=development)
        self._documents = Documents(schema, settings)
        self._state: State | None = None
        self._running = 0
        self.responses: Responses | None = None
        """What is kept; None where nothing is."""

    def open(self, state: State, responses: Responses | None) -> None:
        """Serve with these from now on."""
        self._state = state
        self.responses = responses
        self._documents.keep_registered(PersistedQueries(state.redis, self._settings.persisted_queries_kept))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if self._running >= self._settings.max_requests:
            error = UnavailableError("The service is busy.")
            await _refuse(send, Media.JSON, RefusedRequestError(503, error, {"Retry-After": "1"}))
            return
        self._running += 1
        try:
            await self._serve(scope, receive, send)
        except ClientLeftError:
            pass  # nobody is there to be answered
        finally:
            self._running -= 1

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        # Several Accept headers are one list.
        taken = negotiate(",".join([value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"]))
        media = taken or Media.JSON
        try:
            _check_answer_is_taken(taken)
            raw = await self._raw(scope, headers, receive)
            served = await self._served(scope, headers, raw, receive)
        except RefusedRequestError as refusal:
            await _refuse(send, media, refusal)
        except ClientError as error:
            await _refuse(send, media, _refusal_of(error, media))
        except ClientLeftError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the client hears nothing of it
            _LOG.error("request_failed", exc_info=error)
            text, _ = encode(masked(scope["request_id"]), self._settings.max_answer)
            await send_answer(send, 500, media, text, [NO_STORE])
        else:
            status = 304 if served.unchanged else 200 if media is Media.JSON or served.good else 400
            timing = b"total;dur=%.1f" % ((perf_counter() - began) * 1000)
            await send_answer(send, status, media, served.text, [*served.headers, (b"server-timing", timing)])

    async def _raw(self, scope: Scope, headers: dict[bytes, str], receive: Receive) -> bytes:
        """What was sent: the body of a POST, the query of a GET."""
        method, settings = scope["method"], self._settings
        if method == "GET":
            query: bytes = scope["query_string"]
            return query
        if method != "POST":
            raise bad_request(f"{method} is not served here: POST, or GET for queries.", 405, Allow="GET, POST")
        _check_body_is_json(headers)
        return await read_body(receive, headers.get(b"content-length"), settings.max_body, settings.body_timeout)

    async def _served(self, scope: Scope, headers: dict[bytes, str], raw: bytes, receive: Receive) -> Served:
        """The answer, one that was kept where there is one that still holds."""
        responses = self.responses
        if responses is None or not may_be_kept(raw):
            return await self._executed(scope, headers, raw, receive, None)
        viewer = await self._viewer(headers)
        key = key_of(viewer, scope["method"], raw)
        if responses.is_passed_by(key):
            return await self._executed(scope, headers, raw, receive, viewer)
        try:
            found = await responses.find(key)
        except ClientError:
            # Nobody can say what was changed: nothing that was kept is believed. What needs no database is answered.
            return await self._executed(scope, headers, raw, receive, viewer)
        if isinstance(found, Entry):
            verdict = _allowed(self._opened.services.rates.charge(viewer, _address(scope), 1))
            known = scope["method"] == "GET" and is_known(found, headers.get(b"if-none-match"))
            with_it = [*entry_headers(found, key, HIT), *rate_headers(verdict)]
            return Served(b"" if known else found.body, with_it, unchanged=known)
        try:
            return await self._executed(scope, headers, raw, receive, viewer, Filling(responses, key, found))
        finally:
            responses.end(key, found)

    @property
    def _opened(self) -> State:
        assert self._state is not None, "the application has not started"
        return self._state

    async def _viewer(self, headers: dict[bytes, str]) -> Viewer:
        services = self._opened.services
        return await authenticate(headers.get(b"authorization"), services.access_tokens, services.database)

    async def _executed(
        self,
        scope: Scope,
        headers: dict[bytes, str],
        raw: bytes,
        receive: Receive,
        viewer: Viewer | None,
        filling: Filling | None = None,
    ) -> Served:
        """The answer of an execution; kept, if it can be, where `filling` says."""
        settings, services = self._settings, self._opened.services
        read = params_of_query if scope["method"] == "GET" else params_of_body
        params = read(raw, settings.max_variables)
        caller = Caller(_address(scope), headers.get(b"user-agent"))
        try:
            document = await self._documents.find(params.asked)
        except InvalidDocumentError as error:
            # Somebody who sends nothing else shall have no more of it than of the rest.
            verdict = _allowed(services.rates.charge_address(caller.address, 1))
            return self._encoded(refused(error.errors), [*rate_headers(verdict), NO_STORE])
        operation = document.operation(params.operation_name)
        reads = is_query(operation)
        if scope["method"] == "GET" and not reads:
            raise bad_request("What writes is sent by POST.", 405, Allow="POST")
        with counting(params.explain and self._explains) as counted:
            if viewer is None:
                viewer = await self._viewer(headers)
            cost = self._operations.cost(document, operation, params.variables)
            self._operations.check_cost(cost, document, viewer)
            verdict = _allowed(services.rates.charge(viewer, caller.address, max(cost, 1)))
            context = Context(services, viewer, caller, scope["request_id"])
            running = self._operations.run(document, operation, params.variables, context)
            try:
                answer = await self._while_there(running, receive if reads else None)
            finally:
                context.close()
        if counted is not None:
            answer.body["extensions"] = _explained(cost, verdict, counted, context)
        served = self._encoded(answer, rate_headers(verdict))
        served.headers += [BYPASS, NO_STORE] if filling is None else filling.fill(served, answer, context, reads=reads)
        return served

    async def _while_there(self, running: Awaitable[Answer], receive: Receive | None) -> Answer:
        """The answer, within the time that it may take; no longer than its client waits, if `receive` tells of him.

        What writes is done, whether somebody waits for it or not.
        """
        try:
            async with asyncio.timeout(self._settings.request_timeout):
                if receive is None:
                    return await running
                async with Presence(receive):
                    return await running
        except TimeoutError:
            raise DeadlineError("The request took longer than it may.") from None

    def _encoded(self, answer: Answer, headers: Headers) -> Served:
        text, whole = encode(answer.body, self._settings.max_answer)
        return Served(text, headers, good=answer.executed and whole)


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _check_answer_is_taken(media: Media | None) -> None:
    if media is None:
        raise bad_request("Answers are application/graphql-response+json or application/json.", 406)


def _check_body_is_json(headers: dict[bytes, str]) -> None:
    name, *parameters = (part.strip().lower() for part in headers.get(b"content-type", "").split(";"))
    charsets = [p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")]
    if name != _JSON or any(charset not in ("utf-8", "utf8") for charset in charsets):
        raise bad_request("Send a body of the Content-Type application/json, in UTF-8.", 415)
    if headers.get(b"content-encoding", "identity").lower() not in ("identity", ""):
        raise bad_request("Send a body that is not compressed.", 415)


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


def _explained(cost: int, verdict: Verdict, counted: Counted, context: Context) -> dict[str, Any]:
    reset_at = datetime.now(UTC) + timedelta(seconds=verdict.reset_after)
    bucket = {"limit": verdict.limit, "remaining": verdict.remaining, "resetAt": reset_at.isoformat()}
    kept = {"status": "BYPASS", "age": 0, "tags": sorted(context.session.tags)}
    return {"cost": {"requested": cost, **bucket}, "cache": kept, "sql": {"statements": counted.statements}}


def _refusal_of(error: ClientError, media: Media) -> RefusedRequestError:
    """What a client hears of an error in a request that is well-formed."""
    status = status_of(error) or (200 if media is Media.JSON else 400)
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, UnauthenticatedError) else {}
    if isinstance(error, UnavailableError):
        headers["Retry-After"] = "1"
    return RefusedRequestError(status, error, headers)


async def _refuse(send: Send, media: Media, refusal: RefusedRequestError) -> None:
    text, _ = encode(error_body(refusal.error), 1_000_000)
    headers = [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
    await send_answer(send, refusal.status, media, text, [NO_STORE, *headers])
