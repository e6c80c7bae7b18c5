"""Engines of SQLAlchemy for PostgreSQL, whose connections may be lost at any time."""

from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from core.settings import Settings
from db.observed import observe_statements
from db.pooled import SESSION, UNNAMED, limit_transactions, reading_class
from db.reading import ReadingConnection

# The last one: a server that ended the connection between two messages of a statement.
LOST = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What the driver raises when a connection is gone; nobody's statement is at fault."""

# It starts, ends, recovers, or is full: out of reach, as far as anybody here is concerned.
_NOT_NOW = (asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)


def make_engine(settings: Settings, url: str, *, read_only: bool, most: int | None = None) -> AsyncEngine:
    """An engine with a pool as the settings say, or of `most` connections; nothing is opened before the first use."""
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

    async def connect() -> asyncpg.Connection:
        try:
            return await asyncpg.connect(url, timeout=settings.database_pool_timeout, **options)
        except (*LOST, *_NOT_NOW) as error:
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
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    if settings.pgbouncer and not read_only:
        limit_transactions(engine, settings)
    if not read_only:
        observe_statements(engine.sync_engine)
    return engine


def _refuse_closed(dbapi_connection: Any, _record: object, _proxy: object) -> None:
    """Let the pool replace what is known to be closed: a check without a round trip."""
    if dbapi_connection.driver_connection.is_closed():
        raise DisconnectionError("closed by the server")
