"""Connections for reads, over a real PostgreSQL: never more than the pool has, and none lost, whoever leaves."""

import asyncio
from collections import Counter
from random import Random
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from core.settings import Settings
from db import lending
from db.connections import Connections
from db.engines import LOST
from tests.fixtures.budget import PROVE, luck
from tests.fixtures.servers import connected

OPEN = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'broadsheet' AND datname = current_database() "
    "AND pid <> pg_backend_pid()"
)
PIDS = OPEN.replace("count(*)", "array_agg(pid ORDER BY pid)")
END_ONE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'broadsheet' "
    "AND datname = current_database() ORDER BY random() LIMIT 1"
)
SLOW = "SELECT $1::int, pg_sleep($2::float8 / 1000)"
ASKS = 20_000 if PROVE else 2_000


def connections_of(settings: Settings, url: str, **others: object) -> Connections:
    given = {"database_pool_size": 2, "database_pool_overflow": 1, "database_pool_timeout": 20.0, **others}
    return Connections(settings.model_copy(update=given), url)


async def asked(connections: Connections, number: int, random: Random) -> str:
    """A statement that is cancelled at any time, often just before or after it is answered; and what came of it."""
    task = asyncio.create_task(connections.fetch(SLOW, [number, random.choice((0.0, 0.0, 0.0, 1.0, 10.0))]))
    if random.random() < 0.7:
        await asyncio.sleep(random.choice((0.0, 0.0, 0.001, 0.003, 0.02)))
        task.cancel()
    try:
        records = await task
    except asyncio.CancelledError:
        return "cancelled"
    except (*LOST, asyncpg.PostgresError):
        return "failed"
    assert [record[0] for record in records] == [number]
    return "answered"


async def askers(connections: Connections, random: Random) -> Counter[str]:
    numbers = iter(range(ASKS))

    async def asker(luck: Random) -> Counter[str]:
        return Counter([await asked(connections, number, luck) for number in numbers])

    found = await asyncio.gather(*(asker(Random(random.random())) for _ in range(12)))
    return sum(found, Counter[str]())


async def all_are_there(connections: Connections) -> None:
    """As many statements as there are connections run side by side, and each gets its own answer."""
    lent = connections._lending
    async with asyncio.timeout(30):
        while lent._settling:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        running = [asyncio.create_task(connections.fetch(SLOW, [number, 100.0])) for number in range(3)]
        await asyncio.sleep(0)
        assert not lent._waiting
        assert [records[0][0] for records in await asyncio.gather(*running)] == [0, 1, 2]


async def test_thousands_of_cancelled_statements_leave_every_connection_in_order(
    settings: Settings, database_url: str
) -> None:
    connections = connections_of(settings, database_url, database_pool_size=3, database_pool_overflow=0)
    async with connected(database_url) as onlooker:
        # Who leaves while his connection is opened leaves PostgreSQL behind with one that has yet to notice.
        await all_are_there(connections)
        pids = await onlooker.fetchval(PIDS)
        asking = asyncio.create_task(askers(connections, luck("cancelled statements")))
        most = 0
        while not asking.done():
            most = max(most, await onlooker.fetchval(OPEN))
            await asyncio.sleep(0.005)
        found = await asking
        assert found["cancelled"] > ASKS // 10
        assert found["answered"] > ASKS // 10
        assert not found["failed"]
        assert most <= 3
        await all_are_there(connections)
        assert await onlooker.fetchval(PIDS) == pids, "a cancelled statement costs no connection"
        await connections.close()
        async with asyncio.timeout(10):
            while await onlooker.fetchval(OPEN):  # noqa: ASYNC110 - PostgreSQL tells nobody
                await asyncio.sleep(0.01)


async def test_connections_that_postgres_ends_meanwhile_are_replaced(settings: Settings, database_url: str) -> None:
    connections = connections_of(settings, database_url)
    async with connected(database_url) as onlooker:
        await connections.fetch(SLOW, [1, 0.0])  # SQLAlchemy asks its first connection for a version
        asking = asyncio.create_task(askers(connections, luck("ended connections")))
        while not asking.done():
            await onlooker.execute(END_ONE)
            await asyncio.sleep(0.02)
        found = await asking
        assert found["answered"] > ASKS // 20
        connections._lending.lost_at = asyncio.get_running_loop().time()
        await all_are_there(connections)
    await connections.close()


async def test_one_that_is_too_many_is_closed_when_it_was_idle(
    settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lending, "SWEEP_EVERY", 0.02)
    connections = connections_of(settings, database_url)
    async with connected(database_url) as onlooker:
        await all_are_there(connections)
        async with asyncio.timeout(10):
            while await onlooker.fetchval(OPEN) != 2:  # noqa: ASYNC110 - PostgreSQL tells nobody
                await asyncio.sleep(0.01)
        assert connections._engine.sync_engine.pool.checkedin() == 2  # type: ignore[attr-defined]
        await all_are_there(connections)
    await connections.close()


async def test_what_is_never_idle_is_tested_and_recycled_all_the_same(
    settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lending, "SWEEP_EVERY", 0.001)
    connections = connections_of(settings, database_url, database_pool_size=1, database_pool_overflow=0)
    taken = []
    event.listen(connections._engine.sync_engine, "checkout", lambda *given: taken.append(given))
    async with asyncio.timeout(20):
        while len(taken) < 3:
            await asyncio.gather(*(connections.fetch(SLOW, [1, 0.0]) for _ in range(5)))
    await connections.close()


@pytest.mark.parametrize(("tested", "times"), [(True, 6), (False, 1)])
async def test_each_use_has_its_test_where_the_settings_want_one(
    settings: Settings, database_url: str, tested: bool, times: int
) -> None:
    connections = connections_of(
        settings, database_url, database_pool_size=1, database_pool_overflow=0, database_pool_pre_ping=tested
    )
    taken = []
    event.listen(connections._engine.sync_engine, "checkout", lambda *given: taken.append(given))
    for _ in range(3):
        await asyncio.gather(*(connections.fetch("SELECT 1", []) for _ in range(2)))
    assert len(taken) == times
    await connections.close()


async def test_when_all_are_in_use_for_too_long_somebody_is_told(settings: Settings, database_url: str) -> None:
    connections = connections_of(settings, database_url, database_pool_timeout=0.3)
    busy: list[Any] = [asyncio.create_task(connections.fetch("SELECT pg_sleep(60)", [])) for _ in range(3)]
    async with asyncio.timeout(20):
        while len(connections._lending._lent) < 3:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        with pytest.raises(PoolTimeoutError):
            await connections.fetch("SELECT 1", [])
        for task in busy:
            task.cancel()
        await asyncio.wait(busy)
        assert [tuple(record) for record in await connections.fetch("SELECT 1", [])] == [(1,)]
    await connections.close()
