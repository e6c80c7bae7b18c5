"""Pools of connections to PostgreSQL, which may be lost at any time."""

import time
from typing import Any, cast

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util.concurrency import await_only, greenlet_spawn

from core.settings import Settings
from db.counting import note_statement

# The last one: a server that ended the connection between two messages of a statement.
LOST = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What the driver raises when a connection is gone; nobody's statement is at fault."""

# It starts, ends, recovers, or is full: out of reach, as far as anybody here is concerned.
_NOT_NOW = (asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)


class Connections:
    """An engine of SQLAlchemy, and when it lost a connection last: older ones are then no better, and replaced."""

    def __init__(self, settings: Settings, url: str, *, read_only: bool, most: int | None = None) -> None:
        self._lost_at = 0.0
        self.engine = _engine(settings, url, read_only=read_only, most=most)
        event.listen(self.engine.sync_engine, "connect", _note_time)
        event.listen(self.engine.sync_engine, "checkout", self._refuse_lost)

    async def fetch(self, sql: str, arguments: list[Any]) -> list[Any]:
        """Run one statement on a connection of its own, by the driver's own call.

        Raises:
            PoolTimeoutError: all connections are in use; those of `LOST`, and what the statement is answered.

        """
        # The pool waits in a greenlet, and one for all of it is cheaper than one for taking and one for giving back.
        records: list[Any] = await greenlet_spawn(self._fetch, sql, arguments)
        return records

    def _fetch(self, sql: str, arguments: list[Any]) -> list[Any]:
        connection = self.engine.sync_engine.raw_connection()
        driver = cast("asyncpg.Connection", connection.driver_connection)
        is_lost = False
        try:
            return cast("list[Any]", await_only(driver.fetch(sql, *arguments)))
        except LOST:
            is_lost = True
            raise
        finally:
            is_lost = is_lost or driver.is_closed()
            if is_lost:
                self._lost_at = time.monotonic()
                connection.invalidate()
            connection.close()

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()

    def _refuse_lost(self, dbapi_connection: Any, record: Any, _proxy: object) -> None:
        """Let the pool replace what is known, or feared, to be closed: a check without a round trip."""
        if dbapi_connection.driver_connection.is_closed() or record.info["opened_at"] <= self._lost_at:
            raise DisconnectionError("closed by the server")


def _note_time(_dbapi_connection: object, record: Any) -> None:
    record.info["opened_at"] = time.monotonic()


def _engine(settings: Settings, url: str, *, read_only: bool, most: int | None) -> AsyncEngine:
    server_settings = {
        "application_name": "broadsheet",
        "statement_timeout": f"{settings.statement_timeout * 1000:.0f}",
        "lock_timeout": f"{settings.lock_timeout * 1000:.0f}",
        "idle_in_transaction_session_timeout": "10000",
        "default_transaction_read_only": "on" if read_only else "off",
        "timezone": "UTC",
    }

    async def connect() -> asyncpg.Connection:
        try:
            return await asyncpg.connect(url, server_settings=server_settings, timeout=settings.database_pool_timeout)
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
        pool_pre_ping=settings.database_pool_pre_ping,
        # Values may be private, and an error may be logged.
        hide_parameters=True,
        # Reads leave nothing to roll back; writes end their own transactions.
        pool_reset_on_return=None if read_only else "rollback",
    )
    if not read_only:
        event.listen(engine.sync_engine, "before_cursor_execute", lambda *_: note_statement())
    return engine
