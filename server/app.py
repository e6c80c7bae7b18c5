"""The application, made and not found: importing this opens nothing.

`/graphql` is a bare ASGI callable; FastAPI has what stands beside it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from cache.client import connect
from cache.rates import Rates
from core.access_tokens import AccessTokens
from core.chores import beside
from core.errors import SettingsError
from core.settings import Settings
from db.database import Database
from gql.context import Services
from gql.schema import build_schema
from server.envelope import Envelope
from server.events.feed import fed_hub
from server.faults import add_handlers
from server.health import router as health
from server.hosts import TrustedHosts
from server.housekeeping import keep_house
from server.ide.front import IdeInFront
from server.ide.page import ide_assets
from server.overload.admission import Admission
from server.overload.gate import GATE, Gate
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

    def __init__(self, fastapi: FastAPI, endpoint: GraphQLEndpoint, live: Live, gate: Gate) -> None:
        self.fastapi = fastapi
        self.gate = gate
        self.endpoint = endpoint
        self._sockets = Sockets(live)
        self._streams = Admission(Streams(endpoint, live), gate)
        self.layers: ASGIApp = self._route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        try:
            await self.layers(scope, receive, send)
        finally:
            self.gate.leave(scope)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] != PATH:
            await self.fastapi(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
        else:
            await self._streams(scope, receive, send)


def create_app(settings: Settings) -> Application:
    """An application over the servers that the settings name.

    Raises:
        SettingsError: the settings name none, or no key for tokens (`broadsheet serve` sees to both), or a manifest
            of documents that do not fit.

    """
    if settings.database_url is None or settings.redis_url is None:
        raise SettingsError("set DATABASE_URL and REDIS_URL, or start with `broadsheet serve`")
    database_url = settings.database_url.get_secret_value()
    AccessTokens(settings)  # refuses a missing or weak key now, and not at the first request

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Gate]]:
        redis = connect(settings)
        services = Services.of(settings, Database(settings, database_url), Rates(redis, settings))
        state = State(services, redis)
        app.state.broadsheet = state
        try:
            async with (
                beside(keep_house(services.database, database_url), services.rates.limiter.settle_forever()),
                kept_responses(settings, services.database, redis) as responses,
                fed_hub(settings, services.database, database_url) as hub,
            ):
                endpoint.open(state, responses)
                live.open(state, hub)
                gate.open(state.services.database.line)
                yield {GATE: gate}
        finally:
            gate.close()
            state.services.passwords.close()
            await state.services.database.close()
            await state.redis.aclose()

    schema = build_schema()
    gate = Gate(settings)
    endpoint = GraphQLEndpoint(schema, settings, gate.executions)
    live = Live(schema, settings, endpoint.documents, endpoint.operations, endpoint.uses, gate)
    app = FastAPI(title="Broadsheet", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    add_handlers(app)
    app.include_router(health)
    if settings.graphiql:
        app.mount(f"{PATH}/ide", ide_assets())
    return _surrounded(Application(app, endpoint, live, gate), settings)


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
