"""The database that a command works on, at a schema that this version can work on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cli.servers import database_url, direct_url
from core.errors import ServiceError
from core.settings import Settings
from db.database import Database
from db.migrate import serves, upgrade
from db.schema_version import current_revision


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[Database]:
    """Open the database; in development bring it to this version's schema first.

    Raises:
        ServiceError: in production, the schema is an earlier version's.

    """
    url = database_url(settings)
    if settings.environment == "development":
        await upgrade(settings, direct_url(settings))
    database = Database(settings, url)
    try:
        if not serves(await current_revision(database.read())):
            raise ServiceError("the database is at an earlier version's schema: run `broadsheet migrate` first")
        yield database
    finally:
        await database.close()
