"""Where nothing comes back and nothing says so, connections are given up, and new ones serve as soon as they can."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from core.errors import UnavailableError
from db.database import Database, WriteSession
from db.embedded import EmbeddedPostgres
from db.statements import Statement
from tests.faults.proxy import Proxy, Way
from tests.fixtures.servers import settings_for

SHORT = {"statement_timeout": 0.6, "lock_timeout": 0.3, "database_pool_timeout": 0.6, "request_timeout": 1.0}
AT_ONCE = 4
LONG = 30.0


@pytest.fixture
async def way(own_postgres: EmbeddedPostgres) -> AsyncIterator[Proxy]:
    made = Proxy(str(own_postgres._running().socket))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def database(way: Proxy, redis_url: str) -> AsyncIterator[Database]:
    url = f"postgresql://postgres@127.0.0.1:{way.port}/broadsheet"
    made = Database(settings_for(url, redis_url, **SHORT), url)
    yield made
    await made.close()


async def _read(database: Database) -> None:
    assert await database.read().fetch(Statement("SELECT 7", (), {}), {})


async def _write(database: Database) -> None:
    async def work(session: WriteSession) -> None:
        await session.execute(text("SELECT 7"))

    await database.transact(work)


@pytest.mark.parametrize("ask", [_read, _write])
async def test_all_that_are_silent_are_given_up_at_once(ask: object, way: Proxy, database: Database) -> None:
    assert callable(ask)
    async with asyncio.timeout(LONG):
        await asyncio.gather(*(ask(database) for _ in range(AT_ONCE)))
        await way.lead(Way.HOLE)
        for _ in range(2):
            # The second one finds no new connection either.
            with pytest.raises(UnavailableError):
                await ask(database)
        way.forget()
        # None of them meets another of those that were there before.
        await asyncio.gather(*(ask(database) for _ in range(AT_ONCE)))


@pytest.mark.parametrize("first", [_read, _write])
async def test_what_one_pool_learns_of_it_the_others_need_not_learn_again(
    first: object, way: Proxy, database: Database
) -> None:
    assert callable(first)
    async with asyncio.timeout(LONG):
        await asyncio.gather(*(ask(database) for _ in range(AT_ONCE) for ask in (_read, _write)))
        await way.lead(Way.HOLE)
        way.forget()
        with pytest.raises(UnavailableError):
            await first(database)
        # Else each of these would wait for a connection that is silent, too, and raise.
        await asyncio.gather(*(ask(database) for _ in range(AT_ONCE) for ask in (_read, _write)))
