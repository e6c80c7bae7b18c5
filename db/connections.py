"""Connections to PostgreSQL for reads: a statement takes one for itself, and leaves it to the next."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from sqlalchemy import PoolProxiedConnection, QueuePool, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.util.concurrency import greenlet_spawn

from core.errors import UnavailableError
from core.settings import Settings
from db.engines import LOST, OPENED_AT, longest_silence, make_engine
from db.lending import Lending
from db.pools import PoolState
from db.silence import Silence


class Connections:
    """A read-only engine of SQLAlchemy, and what its pool has lent. Nobody else has the engine: see `Lending`."""

    def __init__(
        self,
        settings: Settings,
        url: str,
        check: Callable[[asyncpg.Connection], Awaitable[None]] | None = None,
        silence: Silence | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            settings: say how many connections there may be, and how long they are waited for.
            url: of the server.
            check: looks at each connection that is opened, and raises where it must not be used.
            silence: for all pools of that server; None where this is the only one.

        """
        silence = silence or Silence()
        self._engine = make_engine(settings, url, read_only=True, silence=silence)
        if check is not None:
            event.listen(self._engine.sync_engine, "connect", lambda opened, _: opened.run_async(check))
        event.listen(self._engine.sync_engine, "checkout", self._refuse_lost)
        self._is_closed = False
        self._pgbouncer = settings.pgbouncer
        """Whether nothing is prepared for others to come anyway."""
        self._most = settings.database_pool_size + settings.database_pool_overflow
        self._lending = Lending(
            self._borrow,
            self._give_back,
            most=self._most,
            timeout=settings.database_pool_timeout,
            # To be tested before each use, they have to come from the pool each time.
            keep=not settings.database_pool_pre_ping,
            silence=longest_silence(settings),
            on_silence=silence.tell,
        )
        silence.listen(self._lending.distrust)

    async def fetch(
        self, sql: str, arguments: list[Any], *, rows: type[Any] | None = None, prepared: bool = True
    ) -> list[Any]:
        """Run one statement on a connection of its own, by the driver's own call.

        Args:
            sql: its text, with `$1` …
            arguments: a value for each of these.
            rows: the class of its records; None: the driver's own.
            prepared: whether it will be run again.

        Raises:
            PoolTimeoutError: all connections are in use.
            UnavailableError: nothing came in time.
            Those of `LOST`, and what the statement is answered.

        """
        lending = self._lending
        lent = lending.take() or await lending.wait()
        try:
            if prepared or self._pgbouncer:
                records: list[Any] = await lent.driver.fetch(sql, *arguments, record_class=rows)
            else:
                records = await (await lent.driver.prepare(sql, name="", record_class=rows)).fetch(*arguments)
        except asyncio.CancelledError:
            lending.settle(lent)
            raise
        except LOST as error:
            lending.lose(lent)
            if lent.is_silent:
                # Who waited for so long shall not try again.
                raise UnavailableError("The database does not answer.") from error
            raise
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if lent.driver.is_closed():
                lending.lose(lent)
                raise ConnectionResetError("closed by the server") from error
            if isinstance(error, asyncpg.InterfaceError):
                lending.drop(lent)
            else:
                # The server's answer, after which it is ready for the next statement.
                lending.put(lent)
            raise
        except BaseException:
            lending.drop(lent)
            raise
        lending.put(lent)
        return records

    def pool(self, name: str) -> PoolState:
        """How it is at the moment, under this name."""
        lending = self._lending
        pool = self._engine.sync_engine.pool
        assert isinstance(pool, QueuePool)
        idle = lending.idle + pool.checkedin()
        return PoolState(name, self._most, lending.in_use, idle, lending.waiting, lending.timeouts, lending.lost)

    def line(self) -> float:
        """Seconds that the first in line has waited for a connection; 0 where nobody waits."""
        return self._lending.line()

    async def close(self) -> None:
        """Close every connection."""
        self._is_closed = True
        await self._lending.close()
        await self._engine.dispose()

    async def _borrow(self) -> PoolProxiedConnection:
        return await greenlet_spawn(self._engine.sync_engine.raw_connection)

    def _give_back(self, loan: PoolProxiedConnection, usable: bool) -> None:
        pool = self._engine.sync_engine.pool
        assert isinstance(pool, QueuePool)
        if not usable or self._is_closed or pool.checkedin() >= pool.size():
            # Of one too many the pool would wait for the end, but here nobody can wait.
            loan.invalidate()
        loan.close()

    def _refuse_lost(self, _dbapi_connection: object, record: Any, _proxy: object) -> None:
        """Let the pool replace what is feared to be closed."""
        if record.info[OPENED_AT] <= self._lending.lost_at:
            raise DisconnectionError("closed by the server")
