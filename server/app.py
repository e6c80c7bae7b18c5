"""The application, made and not found: importing this opens nothing.

`/graphql` is a bare ASGI callable; FastAPI has what stands beside it.
"""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from cache.client import answers, connect, hang_up
from cache.rates import Rates
from core.access_tokens import AccessTokens
from core.chores import beside
from core.errors import SettingsError
from core.observers import Observers
from core.settings import Settings
from db.database import Database
from db.schema_version import SchemaWatch
from gql.context import Services
from gql.schema import build_schema
from server.envelope import Envelope
from server.events.feed import fed_hub
from server.faults import add_handlers
from server.health import router
from server.hosts import TrustedHosts
from server.housekeeping import keep_house
from server.ide.front import IdeInFront
from server.ide.page import ide_assets
from server.looks import Health
from server.metrics.measured import measured
from server.observing.listeners import check_telemetry, listening
from server.overload.gate import GATE, PLACE, Gate
from server.overload.shed import find_place
from server.responses.made import kept_responses
from server.state import State
from server.wire.client_name import CLIENT_HEADERS
from server.wire.endpoint import GraphQLEndpoint
from server.wire.live import Live
from server.wire.sockets import Sockets
from server.wire.streams import Streams

PATH = "/graphql"


class Application:
    """GraphQL at its path, FastAPI elsewhere; what surrounds both is `layers`."""

    def __init__(
        self, fastapi: FastAPI, endpoint: GraphQLEndpoint, live: Live, observers: Observers, gate: Gate
    ) -> None:
        self.fastapi = fastapi
        self.gate = gate
        self.endpoint = endpoint
        self.observers = observers
        """Who listens to what operations do; more may be added before it serves."""
        self._sockets = Sockets(live)
        self._streams = Streams(endpoint, live)
        self.layers: ASGIApp = self._route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        try:
            await self.layers(scope, receive, send)
        finally:
            self.gate.leave(scope)

    def _route(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        # Handed on, as by all layers that only look at what comes: a coroutine of each would be woken with each wait.
        if scope["type"] == "lifespan" or scope["path"] != PATH:
            return self.fastapi(scope, receive, send)
        if scope["type"] == "websocket":
            return self._sockets(scope, receive, send)
        return (self._streams if PLACE in scope else self._placed)(scope, receive, send)

    async def _placed(self, scope: Scope, receive: Receive, send: Send) -> None:
        if await find_place(self.gate, scope, send):
            await self._streams(scope, receive, send)


def create_app(settings: Settings, metrics: Path | None = None) -> Application:
    """An application over the servers that the settings name.

    Where a folder is given for `metrics`, it tells them there (`server.metrics.telling`); else it gathers none.

    Raises:
        SettingsError: the settings name none, or no key for tokens (`broadsheet serve` sees to both), or a manifest
            of documents that do not fit, or wishes that need packages which are not installed.

    """
    if settings.database_url is None or settings.redis_url is None:
        raise SettingsError("set DATABASE_URL and REDIS_URL, or start with `broadsheet serve`")
    database_url = settings.database_url.get_secret_value()
    check_telemetry(settings)
    direct_url = (settings.direct_url or settings.database_url).get_secret_value()
    AccessTokens(settings)  # refuses a missing or weak key now, and not at the first request

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Gate]]:
        redis = connect(settings)
        services = Services.of(settings, Database(settings, database_url), Rates(redis, settings))
        health = Health(SchemaWatch(settings, database_url), partial(answers, redis))
        state = State(services, redis, gate, health)
        app.state.broadsheet = state
        try:
            async with (
                beside(keep_house(services.database, direct_url), services.rates.limiter.settle_forever()),
                listening(settings, direct_url, observers),
                kept_responses(settings, services.database, redis) as responses,
                fed_hub(settings, services.database, direct_url) as hub,
            ):
                endpoint.open(state, responses)
                live.open(state, hub)
                gate.open(state.services.database.line)
                async with measured(metrics, observers, endpoint, live, state, gate):
                    yield {GATE: gate}
        finally:
            gate.close()
            await health.close()
            state.services.passwords.close()
            await state.services.database.close()
            await hang_up(state.redis)

    schema = build_schema()
    observers, gate = Observers(), Gate(settings)
    endpoint = GraphQLEndpoint(schema, settings, observers, gate)
    live = Live(schema, settings, endpoint.documents, endpoint.operations, endpoint.uses, observers, gate)
    app = FastAPI(title="Broadsheet", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    add_handlers(app)
    app.include_router(router)
    if settings.graphiql:
        app.mount(f"{PATH}/ide", ide_assets())
    return _surrounded(Application(app, endpoint, live, observers, gate), settings)


def _surrounded(app: Application, settings: Settings) -> Application:
    """What every request passes, from the inside out; a layer that is not asked for is not there."""
    if settings.graphiql:
        app.layers = IdeInFront(app.layers, path=PATH)
    if settings.cors_origins:
        origins = [origin.strip() for origin in settings.cors_origins.split(",")]
        app.layers = CORSMiddleware(
            app.layers,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=[
                *("authorization", "content-type", "x-request-id", "apollo-require-preflight"),
                *CLIENT_HEADERS,
            ],
            expose_headers=["x-request-id", "ratelimit", "ratelimit-policy", "retry-after"],
            max_age=600,
        )
    if settings.trusted_hosts != "*":
        app.layers = TrustedHosts(app.layers, settings.trusted_hosts)
    app.layers = Envelope(app.layers)
    return app
