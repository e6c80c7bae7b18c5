"""Brings a database to the schema of this version, one process at a time."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from io import StringIO
from pathlib import Path

import asyncpg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from core.errors import ServiceError
from core.settings import Settings
from db.conflicts import locks_retried
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

    Each revision is a transaction of its own. One that does not get a lock in time is begun again, some times; requests
    that queued behind it go on meanwhile. A database that a later version migrated is left as it is.

    Raises:
        ServiceError: the server cannot be reached, a revision failed, or did not get a lock: it changed nothing.

    """

    def run(config: Config) -> None:
        current = _current(config.attributes["connection"])
        if current is None or current in revisions():
            command.upgrade(config, revision)

    return await _guarded(settings, url, run)


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


def sql_of(revision: str, before: str | None) -> str:
    """The statements by which one comes to a revision from the one before it; no server is asked."""
    printed = StringIO()
    config = alembic_config()
    config.output_buffer = printed
    command.upgrade(config, f"{before or 'base'}:{revision}", sql=True)
    return printed.getvalue()


@cache
def revisions() -> tuple[str, ...]:
    """All revisions that this version knows, the first one first."""
    script = ScriptDirectory.from_config(alembic_config())
    return tuple(reversed([one.revision for one in script.walk_revisions()]))


def head() -> str:
    """The revision that this version's code was written for."""
    return revisions()[-1]


def serves(revision: str | None) -> bool:
    """Whether this version's code can work on a database at that revision: at its own, or at one that it does not know.

    That is a later version's, which takes nothing away that the version before it reads (docs/operations.md).
    """
    return revision == head() or (revision is not None and revision not in revisions())


def _engine(url: str) -> AsyncEngine:
    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(url)

    return create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)


async def _guarded(settings: Settings, url: str, run: Callable[[Config], None]) -> tuple[str | None, str | None]:
    engine = _engine(url)

    try:
        async with _alone(engine, settings), engine.connect() as connection:
            await _bound(connection, settings)
            before = await connection.run_sync(_current)
            async for attempt in locks_retried(settings.migration_tries):
                with attempt:
                    await connection.run_sync(lambda sync: run(alembic_config(sync)))
            return before, await connection.run_sync(_current)
    except OSError as error:
        raise ServiceError(f"PostgreSQL cannot be reached ({error}): start it, or correct DATABASE_URL") from error
    except (asyncpg.PostgresError, DBAPIError) as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error)
        raise ServiceError(f"the database could not be migrated, and nothing was changed: {reason}") from error
    except CommandError as error:
        raise ServiceError(f"the database could not be migrated, and nothing was changed: {error}") from error
    finally:
        await engine.dispose()


@asynccontextmanager
async def _alone(engine: AsyncEngine, settings: Settings) -> AsyncIterator[None]:
    """Let no other process migrate; ends with a connection of its own, so one that dies holds nobody up.

    No transaction is open there: an index that is made CONCURRENTLY would wait for its end.
    """
    wait = settings.migration_lock_timeout * settings.migration_tries
    async with engine.connect() as opened:
        connection = await opened.execution_options(isolation_level="AUTOCOMMIT")
        set_wait = text(
            "SELECT set_config('lock_timeout', :wait, false), set_config('idle_session_timeout', '0', false)"
        )
        await connection.execute(set_wait, {"wait": f"{wait * 1000:.0f}ms"})
        await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
        yield


async def _bound(connection: AsyncConnection, settings: Settings) -> None:
    """Bound what a statement may take, for all transactions to come."""
    lock, statement = settings.migration_lock_timeout, settings.migration_statement_timeout
    for name, seconds in (("lock_timeout", lock), ("statement_timeout", statement)):
        values = {"name": name, "value": f"{seconds * 1000:.0f}ms"}
        await connection.execute(text("SELECT set_config(:name, :value, false)"), values)
    await connection.commit()


def _current(connection: Connection) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    return revision


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, Base.metadata))
