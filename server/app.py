"""The application, made and not found: importing this opens nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from cache.client import connect
from core.access_tokens import AccessTokens
from core.errors import SettingsError
from core.settings import Settings
from db.database import Database
from gql.context import Services
from gql.schema import build_schema
from server.graphql import GraphQLEndpoint, RefusedRequestError, refused
from server.health import router as health
from server.housekeeping import keep_house
from server.ide.front import IdeInFront
from server.ide.page import ide_assets
from server.request_id import RequestIds
from server.state import State

PATH = "/graphql"


def create_app(settings: Settings) -> FastAPI:
    """An application over the servers that the settings name.

    Raises:
        SettingsError: the settings name none, or no key for tokens; `broadsheet serve` sees to both.

    """
    if settings.database_url is None or settings.redis_url is None:
        raise SettingsError("set DATABASE_URL and REDIS_URL, or start with `broadsheet serve`")
    database_url = settings.database_url.get_secret_value()
    AccessTokens(settings)  # refuses a missing or weak key now, and not at the first request

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        state = State(Services.of(settings, Database(settings, database_url)), connect(settings))
        app.state.broadsheet = state
        keeping = asyncio.create_task(keep_house(state.services.database))
        try:
            yield
        finally:
            keeping.cancel()
            state.services.passwords.close()
            await state.services.database.close()
            await state.redis.aclose()

    app = FastAPI(title="Broadsheet", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(RefusedRequestError, refused)
    app.include_router(health)
    if settings.graphiql:
        app.mount(f"{PATH}/ide", ide_assets())
    app.include_router(GraphQLEndpoint(build_schema()), prefix=PATH)
    if settings.graphiql:
        app.add_middleware(IdeInFront, path=PATH)
    app.add_middleware(RequestIds)
    return app
