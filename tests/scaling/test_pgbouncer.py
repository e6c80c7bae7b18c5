"""Behind PgBouncer in transaction mode, with fewer connections than there are clients: all is as without it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random

import asyncpg
import pytest
from sqlalchemy import text

from core.errors import DeadlineError, SettingsError
from core.settings import Settings
from db.connections import Connections
from db.database import Database, WriteSession
from db.embedded import EmbeddedPostgres
from db.engines import LOST
from tests.fixtures.accounts import Client, person
from tests.fixtures.api import serving
from tests.fixtures.budget import PROVE, luck
from tests.fixtures.servers import connected, settings_for
from tests.responses import test_history as histories
from tests.responses.planes import PLANES, opened
from tests.scaling.bouncer import PROGRAM, Bouncer, bouncer_of
from tests.scaling.conftest import name_of
from tests.scaling.standby import Standby
from tests.subscriptions import listening

needs_pgbouncer = pytest.mark.skipif(PROGRAM is None, reason="there is no pgbouncer on this machine")
SIZE = 3
ASKS = 5_000 if PROVE else 500
SLOW = "SELECT $1::int, pg_sleep($2::float8 / 1000)"
LEFT = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"

Bounced = Callable[..., Settings]


@pytest.fixture(scope="module")
async def bouncer(postgres: EmbeddedPostgres, server_folder: Path) -> AsyncIterator[Bouncer]:
    async with bouncer_of(postgres.url(), server_folder / "bouncer", SIZE) as found:
        yield found


@pytest.fixture
def bounced(bouncer: Bouncer, blog_url: str, redis_url: str) -> Bounced:
    """Makes settings of a process behind it."""

    def made(**others: object) -> Settings:
        given = {"pgbouncer": True, "database_direct_url": blog_url, **others}
        return settings_for(bouncer.url(name_of(blog_url)), redis_url, **given)

    return made


def connections_of(settings: Settings) -> Connections:
    assert settings.database_url is not None
    return Connections(settings, settings.database_url.get_secret_value())


def database_of(settings: Settings) -> Database:
    assert settings.database_url is not None
    return Database(settings, settings.database_url.get_secret_value())


@needs_pgbouncer
async def test_what_is_written_by_one_process_is_read_by_the_others(bounced: Bounced, blog_url: str) -> None:
    eve = await person(blog_url, "eve", "EDITOR")
    async with serving(bounced(cache=True)) as one, serving(bounced()) as other:
        for number in range(5):
            given = {"id": "UG9zdDox", "title": f"{number}"}
            await Client(one.http, eve).mutate("updatePost", given, "post { title }")
            for api in (one, other, one):
                found = await api.data('{ post(by: {id: "UG9zdDox"}) { title author { name } } }')
                assert found["post"]["title"] == f"{number}"


@needs_pgbouncer
@pytest.mark.parametrize("plane", PLANES if PROVE else ["redis"])
async def test_no_read_is_older_than_what_was_known(bounced: Bounced, blog_url: str, plane: str) -> None:
    settings = bounced(cache=True, cache_plane=plane, lock_timeout=8, statement_timeout=9)
    async with serving(settings) as one, serving(settings) as other:
        await opened(one, other)
        history = await histories._run(blog_url, [one, other])
    assert history.stale == []
    assert history.reads > 200
    assert history.hits > 0


@needs_pgbouncer
async def test_events_are_told(bounced: Bounced, blog_url: str) -> None:
    ann = await person(blog_url, "ann", "AUTHOR")
    async with (
        listening.served(bounced()) as url,
        listening.opened(url, ann.headers) as client,
        connected(blog_url) as writer,
    ):
        await client.subscribe(listening.PUBLISHED)
        for number in range(5):
            await listening.add_post(writer, f"p{number}", ann.id)
        assert [(await client.next())["post"]["title"] for _ in range(5)] == [f"p{number}" for number in range(5)]


@needs_pgbouncer
async def test_no_read_can_write(bounced: Bounced) -> None:
    connections = connections_of(bounced())
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await connections.fetch("UPDATE posts SET title = ''", [])
    assert await connections.fetch("SELECT 1", []) == [(1,)]
    await connections.close()


@needs_pgbouncer
async def test_limits_hold_and_are_nobody_elses(bounced: Bounced, bouncer: Bouncer, blog_url: str) -> None:
    limits = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    shown = "SELECT {}".format(", ".join(f"current_setting('{name}')" for name in limits))
    database = database_of(bounced(statement_timeout=7.0, lock_timeout=3.0))
    connections = connections_of(bounced(statement_timeout=7.0, lock_timeout=3.0))

    async def ask(session: WriteSession) -> list[str]:
        return list((await session.execute(text(shown))).one())

    for _ in range(2 * SIZE):
        assert await database.transact(ask) == ["7s", "3s", "10s"]
        [found] = await connections.fetch(shown, [])
        assert list(found) == ["7s", "3s", "10s"]
    async with connected(blog_url) as direct:
        [theirs] = await direct.fetch(shown)
    stranger = await asyncpg.connect(bouncer.url(name_of(blog_url)), statement_cache_size=0)
    for _ in range(2 * SIZE):
        assert await stranger.fetch(shown) == [theirs]
        assert await stranger.fetchval("SELECT count(*) FROM pg_prepared_statements") == 0
    await stranger.close()
    await connections.close()
    await database.close()


@needs_pgbouncer
async def test_what_takes_too_long_is_ended(bounced: Bounced) -> None:
    database = database_of(bounced(statement_timeout=0.1, lock_timeout=0.05))

    async def sleep(session: WriteSession) -> None:
        await session.execute(text("SELECT pg_sleep(30)"))

    with pytest.raises(DeadlineError):
        await database.transact(sleep)
    connections = connections_of(bounced(statement_timeout=0.1, lock_timeout=0.05))
    with pytest.raises(asyncpg.QueryCanceledError):
        await connections.fetch("SELECT pg_sleep(30)", [])
    await connections.close()
    await database.close()


async def _asked(connections: Connections, number: int, random: Random) -> str:
    task = asyncio.create_task(connections.fetch(SLOW, [number, random.choice((0.0, 0.0, 1.0, 10.0))]))
    if random.random() < 0.5:
        await asyncio.sleep(random.choice((0.0, 0.001, 0.003, 0.02)))
        task.cancel()
    try:
        records = await task
    except asyncio.CancelledError:
        return "cancelled"
    except (*LOST, asyncpg.PostgresError) as error:
        return repr(error)
    assert [record[0] for record in records] == [number]
    return "answered"


@needs_pgbouncer
async def test_cancelled_statements_leave_every_connection_in_order(bounced: Bounced, blog_url: str) -> None:
    """Through a pool that is larger than PgBouncer's; a transaction that nobody ends would be one connection less."""
    connections = connections_of(bounced(database_pool_size=2 * SIZE, database_pool_overflow=0))
    random, numbers = luck("cancelled behind PgBouncer"), iter(range(ASKS))

    async def asker(luck: Random) -> Counter[str]:
        return Counter([await _asked(connections, number, luck) for number in numbers])

    found = sum(await asyncio.gather(*(asker(Random(random.random())) for _ in range(12))), Counter[str]())
    assert set(found) == {"answered", "cancelled"}, found
    async with asyncio.timeout(30):
        while connections._lending._settling:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        async with connected(blog_url) as onlooker:
            assert await onlooker.fetchval(LEFT) == 0
        running = [asyncio.create_task(connections.fetch(SLOW, [number, 50.0])) for number in range(2 * SIZE)]
        assert [records[0][0] for records in await asyncio.gather(*running)] == list(range(2 * SIZE))
    await connections.close()


@needs_pgbouncer
async def test_replicas_are_read_past_it(bounced: Bounced, blog_url: str, standby: Standby) -> None:
    await standby.has_all(blog_url)
    eve = await person(blog_url, "eve", "EDITOR")
    async with serving(bounced(replica_urls=standby.url(name_of(blog_url)), replica_wait=5.0)) as api:
        for number in range(5):
            given = {"id": "UG9zdDox", "title": f"{number}"}
            await Client(api.http, eve).mutate("updatePost", given, "post { title }")
            found = await api.data('{ post(by: {id: "UG9zdDox"}) { title } }')
            assert found["post"]["title"] == f"{number}"
        assert api.database is not None
        assert api.database.replicas is not None
        assert api.database.replicas.counts.replica == 5


def test_it_needs_a_way_past_it(redis_url: str) -> None:
    with pytest.raises(SettingsError, match="BROADSHEET_DATABASE_DIRECT_URL"):
        settings_for("postgresql://nowhere", redis_url, pgbouncer=True)
