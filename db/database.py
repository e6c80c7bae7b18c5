"""The door to PostgreSQL: two engines, and two types of session, so that no read can write."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from time import perf_counter_ns
from typing import Any, Protocol, TypeVar

import asyncpg
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import UnavailableError
from core.observation import current
from core.settings import Settings
from db.conflicts import answer_to, conflicts_retried, told
from db.connections import Connections
from db.engines import LOST, make_engine
from db.pools import PoolState, pool_of
from db.replicas import Reading, Replicas
from db.silence import Silence
from db.statements import Statement

T = TypeVar("T")

Record = Sequence[Any]
"""One record as the driver makes it: its values by position."""

WriteSession = AsyncSession
"""A session in a transaction that somebody else commits; `Database.write` gives it."""

_TRIES = 4


class Announcement(Protocol):
    """What others were told of a transaction before it was committed."""

    def committed(self) -> None:
        """The transaction was committed."""

    def in_doubt(self) -> None:
        """The commit failed, or its outcome is not known."""


class Announcer(Protocol):
    """Hears of each transaction of `Database.transact` before its commit."""

    async def announce(self, session: WriteSession) -> Announcement | None:
        """Called as the last thing in the transaction; None where there is nothing to tell."""


class ReadSession:
    """Reads of one request. Each statement takes a connection of its own, so batches may run side by side.

    There is no BEGIN and no ROLLBACK around a statement; the connections themselves refuse to write.
    """

    def __init__(self, connections: Connections | Reading) -> None:
        self._connections = connections
        self._tags: list[Iterable[str]] = []
        self.keepable = True
        """Whether it is the same until one of them is touched: not where it depends on the time."""

    def depends_on(self, tags: Iterable[str]) -> None:
        """Note what a read depends on; each read of `db.reads` does, before or after its statement.

        They may be made when somebody wants to know them, for not every response is kept.
        """
        self._tags.append(tags)

    @property
    def tags(self) -> set[str]:
        """What was read depends on these (`db.depends`)."""
        tags = set().union(*self._tags)
        self._tags = [tags]
        return tags

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> list[Any]:
        """Run one statement and answer its records, of the class that it names.

        Raises:
            UnavailableError: no connection within the pool's timeout, PostgreSQL is out of reach, or lacks something.
            DeadlineError: the statement took longer than it may.

        """
        observation = current()
        sql, prepared, began = statement.sql, True, 0
        if observation is not None:
            if observation.comments is not None:
                sql, prepared = observation.comments.of(sql, observation)
            began = perf_counter_ns()
        arguments = statement.arguments(values)
        # Connections that died in the pool say nothing about the server, and a read can be asked again.
        tries_left = _TRIES
        try:
            while True:
                tries_left -= 1
                try:
                    return await self._connections.fetch(sql, arguments, rows=statement.rows, prepared=prepared)
                except LOST as error:
                    if not tries_left:
                        raise UnavailableError("The database cannot be reached.") from error
                except PoolTimeoutError as error:
                    raise UnavailableError("The service is busy.") from error
                except asyncpg.PostgresError as error:
                    answer = answer_to(error.sqlstate)
                    if answer is None:
                        raise
                    raise answer from error
        finally:
            if observation is not None:
                observation.note_statement(statement.sql, began)


class Database:
    """Engines of one process, made from the settings; nothing is opened before the first use."""

    def __init__(self, settings: Settings, url: str) -> None:
        silence = Silence()
        self._read = Connections(settings, url, silence=silence)
        self._write = make_engine(settings, url, read_only=False, silence=silence)
        self._aside = make_engine(settings, url, read_only=False, most=2, silence=silence)
        self._most_writing = settings.database_pool_size + settings.database_pool_overflow
        self._writing = 0
        """Sessions of `write` at the moment."""
        self._timeout = settings.request_timeout
        self.replicas = Replicas(settings, self._read) if settings.replicas else None
        """Servers that queries may be read from; None where there are none."""
        self._announcer: Announcer | None = None

    def announce_to(self, announcer: Announcer) -> None:
        """Tell of every transaction of `transact` from now on."""
        self._announcer = announcer

    def read(self, reading: Reading | None = None) -> ReadSession:
        """A session for one request's reads: from the primary, or by what `replicas` gave."""
        return ReadSession(reading or self._read)

    def line(self) -> float:
        """Seconds that the first in line of the reads has waited for a connection; 0 where nobody waits."""
        return self._read.line()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteSession]:
        """A session in one transaction: leaving commits, an exception rolls back. Nothing else commits."""
        self._writing += 1
        try:
            async with AsyncSession(self._write, expire_on_commit=False) as session, session.begin():
                yield session
        finally:
            self._writing -= 1

    @asynccontextmanager
    async def write_aside(self) -> AsyncIterator[WriteSession]:
        """As `write`, over connections of its own: for what others wait for who hold a connection."""
        async with AsyncSession(self._aside, expire_on_commit=False) as session, session.begin():
            yield session

    async def transact(self, work: Callable[[WriteSession], Awaitable[T]]) -> T:
        """Run `work` in one transaction, again from its beginning when another transaction came in its way.

        Raises:
            UnavailableError: PostgreSQL is out of reach or busy, or others came in the way each time.
            DeadlineError: a statement took longer than it may.

        """
        with told():
            async for attempt in conflicts_retried(self._timeout):
                with attempt:
                    return await self._attempted(work)
        raise AssertionError("the last attempt raises")

    async def _attempted(self, work: Callable[[WriteSession], Awaitable[T]]) -> T:
        announcement = None
        try:
            async with self.write() as session:
                result = await work(session)
                if self._announcer is not None:
                    announcement = await self._announcer.announce(session)
        except BaseException:
            if announcement is not None:
                announcement.in_doubt()
            raise
        if announcement is not None:
            announcement.committed()
        return result

    def pools(self) -> list[PoolState]:
        """How its pools are at the moment: of reads, of writes, and of reads from replicas."""
        own = [self._read.pool("read"), pool_of("write", self._write, self._most_writing, self._writing)]
        return own if self.replicas is None else [*own, *self.replicas.pools()]

    async def close(self) -> None:
        """Close every connection."""
        if self.replicas is not None:
            await self.replicas.close()
        await self._read.close()
        await self._write.dispose()
        await self._aside.dispose()
