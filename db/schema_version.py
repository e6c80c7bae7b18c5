"""Which revision of the schema a database is at."""

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from core.errors import UnavailableError
from core.settings import Settings
from db.database import ReadSession
from db.engines import LOST, make_engine
from db.statements import Statement

_EXISTS = Statement("SELECT to_regclass('alembic_version') IS NOT NULL", (), {})
_CURRENT = Statement("SELECT version_num FROM alembic_version", (), {})


async def current_revision(session: ReadSession) -> str | None:
    """The revision, or None before the first migration; raises what a read raises."""
    if not (await session.fetch(_EXISTS, {}))[0][0]:
        return None
    records = await session.fetch(_CURRENT, {})
    return str(records[0][0]) if records else None


class SchemaWatch:
    """Asks for the revision over a connection of its own, which waits in no line behind the requests."""

    def __init__(self, settings: Settings, url: str) -> None:
        self._engine = make_engine(settings, url, read_only=True, most=1)

    async def revision(self) -> str | None:
        """The revision, or None before the first migration; raises UnavailableError."""
        try:
            async with self._engine.connect() as connection:
                revision: str | None = await connection.scalar(text(_CURRENT.sql))
                return revision
        except DBAPIError as error:
            if isinstance(error.orig.__cause__ if error.orig else None, asyncpg.UndefinedTableError):
                return None
            raise UnavailableError("The database cannot be reached.") from error
        except (*LOST, SQLAlchemyError) as error:
            raise UnavailableError("The database cannot be reached.") from error

    async def close(self) -> None:
        """Close the connection."""
        await self._engine.dispose()
