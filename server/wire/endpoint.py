"""GraphQL over HTTP, as a bare ASGI application (specification: https://graphql.github.io/graphql-over-http/)."""

import asyncio
from dataclasses import dataclass
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
from db.counting import Counted, counting
from gql.context import Caller, Context
from gql.documents.document import InvalidDocumentError
from gql.documents.documents import Documents
from gql.operations import Answer, Operations, is_query, refused
from server.authentication import authenticate
from server.faults import masked
from server.state import State
from server.wire.accept import Media, negotiate
from server.wire.answer import Headers, encode, rate_headers, send_answer
from server.wire.body import ClientLeftError, read_body
from server.wire.params import Params, params_of_body, params_of_query
from server.wire.presence import Presence
from server.wire.refusal import RefusedRequestError, bad_request, error_body, status_of

_LOG = structlog.get_logger("broadsheet.wire")
_JSON = "application/json"


@dataclass(slots=True)
class Served:
    """An answer on its way, and what goes with it."""

    answer: Answer
    headers: Headers


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

    def open(self, state: State) -> None:
        """Serve with these from now on."""
        self._state = state
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
            params = await self._params(scope, headers, receive)
            served = await self._answer(scope, headers, params, receive)
            text, whole = encode(served.answer.body, self._settings.max_answer)
        except RefusedRequestError as refusal:
            await _refuse(send, media, refusal)
        except ClientError as error:
            await _refuse(send, media, _refusal_of(error, media))
        except ClientLeftError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the client hears nothing of it
            _LOG.error("request_failed", exc_info=error)
            text, _ = encode(masked(scope["request_id"]), self._settings.max_answer)
            await send_answer(send, 500, media, text)
        else:
            status = 200 if media is Media.JSON or (served.answer.executed and whole) else 400
            timing = b"total;dur=%.1f" % ((perf_counter() - began) * 1000)
            await send_answer(send, status, media, text, [*served.headers, (b"server-timing", timing)])

    async def _params(self, scope: Scope, headers: dict[bytes, str], receive: Receive) -> Params:
        method, settings = scope["method"], self._settings
        if method == "GET":
            return params_of_query(scope["query_string"], settings.max_variables)
        if method != "POST":
            raise bad_request(f"{method} is not served here: POST, or GET for queries.", 405, Allow="GET, POST")
        _check_body_is_json(headers)
        body = await read_body(receive, headers.get(b"content-length"), settings.max_body, settings.body_timeout)
        return params_of_body(body, settings.max_variables)

    async def _answer(self, scope: Scope, headers: dict[bytes, str], params: Params, receive: Receive) -> Served:
        state = self._state
        assert state is not None, "the application has not started"
        client = scope.get("client")
        caller = Caller(client[0] if client else "", headers.get(b"user-agent"))
        request_id: str = scope["request_id"]
        rates = state.services.rates
        try:
            document = await self._documents.find(params.asked)
        except InvalidDocumentError as error:
            # Somebody who sends nothing else shall have no more of it than of the rest.
            verdict = _allowed(rates.charge_address(caller.address, 1))
            return Served(refused(error.errors), rate_headers(verdict))
        operation = document.operation(params.operation_name)
        reads = is_query(operation)
        if scope["method"] == "GET" and not reads:
            raise bad_request("What writes is sent by POST.", 405, Allow="POST")
        with counting(params.explain and self._explains) as counted:
            services = state.services
            viewer = await authenticate(headers.get(b"authorization"), services.access_tokens, services.database)
            cost = self._operations.cost(document, operation, params.variables)
            self._operations.check_cost(cost, document, viewer)
            verdict = _allowed(rates.charge(viewer, caller.address, max(cost, 1)))
            context = Context(services, viewer, caller, request_id)
            running = self._operations.run(document, operation, params.variables, context)
            try:
                async with asyncio.timeout(self._settings.request_timeout):
                    # What writes is done, whether somebody waits for it or not.
                    if reads:
                        async with Presence(receive):
                            answer = await running
                    else:
                        answer = await running
            except TimeoutError:
                raise DeadlineError("The request took longer than it may.") from None
            finally:
                context.close()
        if counted is not None:
            answer.body["extensions"] = _explained(cost, verdict, counted)
        return Served(answer, rate_headers(verdict))


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


def _explained(cost: int, verdict: Verdict, counted: Counted) -> dict[str, Any]:
    reset_at = datetime.now(UTC) + timedelta(seconds=verdict.reset_after)
    bucket = {"limit": verdict.limit, "remaining": verdict.remaining, "resetAt": reset_at.isoformat()}
    return {"cost": {"requested": cost, **bucket}, "sql": {"statements": counted.statements}}


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
    await send_answer(send, refusal.status, media, text, headers)
