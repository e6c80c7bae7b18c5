"""Brings a database to the schema of this version, one process at a time."""

from collections.abc import Callable
from pathlib import Path

import asyncpg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from core.errors import ServiceError
from core.settings import Settings
from db.models import Base

# Any number will do, so long as every process of every version takes the same.
ADVISORY_LOCK = 7_231_004_915


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, in code: there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def upgrade(settings: Settings, url: str, revision: str = "head") -> tuple[str | None, str | None]:
    """Apply the revisions up to `revision`; answer the revision before and after.

    Raises:
        ServiceError: the server cannot be reached, or a lock was not had in time; nothing was changed.

    """
    return await _guarded(settings, url, lambda config: command.upgrade(config, revision))


async def downgrade(settings: Settings, url: str, revision: str) -> tuple[str | None, str | None]:
    """Take back the revisions above `revision` (`base`: all of them); raises as `upgrade` does."""
    return await _guarded(settings, url, lambda config: command.downgrade(config, revision))


async def drift(url: str) -> list[object]:
    """Differences between the models and the tables that are there; empty when the migrations say the same."""
    engine = _engine(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_differences)
    finally:
        await engine.dispose()


def head() -> str:
    """The revision that this version's code expects."""
    revision = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert revision is not None
    return revision


def _engine(url: str) -> AsyncEngine:
    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(url)

    return create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)


async def _guarded(settings: Settings, url: str, run: Callable[[Config], None]) -> tuple[str | None, str | None]:
    engine = _engine(url)

    def work(connection: Connection) -> tuple[str | None, str | None]:
        before = MigrationContext.configure(connection).get_current_revision()
        run(alembic_config(connection))
        return before, MigrationContext.configure(connection).get_current_revision()

    try:
        async with engine.begin() as connection:
            await connection.execute(
                text("SELECT set_config('lock_timeout', :lock, true), set_config('statement_timeout', :all, true)"),
                {
                    "lock": f"{settings.migration_lock_timeout * 1000:.0f}ms",
                    "all": f"{settings.migration_statement_timeout * 1000:.0f}ms",
                },
            )
            # Ends with the transaction, so a process that dies holds nobody up.
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            return await connection.run_sync(work)
    except OSError as error:
        raise ServiceError(f"PostgreSQL cannot be reached ({error}): start it, or correct DATABASE_URL") from error
    except (asyncpg.PostgresError, DBAPIError) as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error)
        raise ServiceError(f"the database could not be migrated, and nothing was changed: {reason}") from error
    finally:
        await engine.dispose()


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, Base.metadata))
