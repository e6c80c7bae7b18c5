"""Engines of SQLAlchemy for PostgreSQL, whose connections may be lost at any time."""

import time
from functools import partial
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from core.errors import UnavailableError
from core.settings import Settings
from db.observed import observe_statements
from db.pooled import SESSION, UNNAMED, limit_transactions, reading_class
from db.reading import ReadingConnection
from db.silence import Silence

# The last one: a server that ended the connection between two messages of a statement. `InterfaceError` is not here: it
# tells of closed connections, but of arguments that do not fit a statement, too, and those are faults of ours.
LOST = (OSError, asyncpg.PostgresConnectionError, asyncpg.InternalClientError)
"""What the driver raises when a connection is gone; nobody's statement is at fault."""

OPENED_AT = "opened_at"
"""In the `info` of each connection: seconds of the monotonic clock."""


def longest_silence(settings: Settings) -> float:
    """Seconds after which a connection is lost whose server says nothing.

    PostgreSQL ends each statement that takes too long, unless it stands still, or the network loses what is sent.
    """
    return settings.statement_timeout + settings.database_pool_timeout


def make_engine(
    settings: Settings, url: str, *, read_only: bool, most: int | None = None, silence: Silence | None = None
) -> AsyncEngine:
    """An engine with a pool as the settings say, or of `most` connections; nothing is opened before the first use.

    `silence` is told where no answer came in time, and heard: other pools of the same server may have it, too.
    """
    silence = silence or Silence()
    server_settings = {
        "application_name": "broadsheet",
        "statement_timeout": f"{settings.statement_timeout * 1000:.0f}",
        "lock_timeout": f"{settings.lock_timeout * 1000:.0f}",
        "idle_in_transaction_session_timeout": "10000",
        "default_transaction_read_only": "on" if read_only else "off",
        "timezone": "UTC",
    }

    options: dict[str, Any] = {"server_settings": server_settings}
    if read_only:
        options["connection_class"] = ReadingConnection
    if settings.pgbouncer:
        options = {"server_settings": SESSION, "statement_cache_size": 0}
        if read_only:
            options["connection_class"] = reading_class(settings)

    # A timer for each statement costs; reads are watched over all together (`Lending`).
    options["command_timeout"] = None if read_only else longest_silence(settings)

    async def connect() -> asyncpg.Connection:
        try:
            return await asyncpg.connect(url, timeout=settings.database_pool_timeout, **options)
        except TimeoutError as error:
            # Once is enough: who waits shall not wait for three more.
            raise UnavailableError("The database cannot be reached in time.") from error
        except (*LOST, asyncpg.InterfaceError, asyncpg.PostgresError) as error:
            # It starts, ends, recovers, is full, or lets nobody in: out of reach, whatever the reason.
            # One that SQLAlchemy hands on as it is.
            raise ConnectionRefusedError(str(error)) from error

    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        pool_size=most or settings.database_pool_size,
        max_overflow=0 if most else settings.database_pool_overflow,
        pool_timeout=settings.database_pool_timeout,
        pool_recycle=int(settings.database_pool_recycle),
        # PgBouncer tests its own connections, and one to it is not lost with them.
        pool_pre_ping=settings.database_pool_pre_ping and not settings.pgbouncer,
        connect_args=UNNAMED if settings.pgbouncer else {},
        # Values may be private, and an error may be logged.
        hide_parameters=True,
        # Reads leave nothing to roll back; writes end their own transactions.
        pool_reset_on_return=None if read_only else "rollback",
    )
    event.listen(engine.sync_engine, "connect", _note_time)
    event.listen(engine.sync_engine, "checkout", partial(_refuse_lost, silence))
    if settings.pgbouncer and not read_only:
        limit_transactions(engine, settings)
    if not read_only:
        observe_statements(engine.sync_engine)
        event.listen(engine.sync_engine, "handle_error", partial(_lose_silent, silence))
        # Hung up on without a word: whoever is out of reach would be waited for.
        engine.sync_engine.dialect.do_terminate = _terminate  # type: ignore[method-assign]
    return engine


def _lose_silent(silence: Silence, context: ExceptionContext) -> None:
    """Where no answer came in time, take all connections that are as old for lost: SQLAlchemy does so with that one."""
    if isinstance(context.original_exception, TimeoutError):
        context.invalidate_pool_on_disconnect = True
        silence.tell()


def _terminate(dbapi_connection: Any) -> None:
    dbapi_connection.driver_connection.terminate()


def _note_time(_dbapi_connection: object, record: Any) -> None:
    record.info[OPENED_AT] = time.monotonic()


def _refuse_lost(silence: Silence, dbapi_connection: Any, record: Any, _proxy: object) -> None:
    """Let the pool replace what is known or feared to be lost: a check without a round trip."""
    if dbapi_connection.driver_connection.is_closed() or silence.has_struck(record.info[OPENED_AT]):
        raise DisconnectionError("closed by the server")
