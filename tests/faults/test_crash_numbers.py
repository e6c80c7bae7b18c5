"""After a crash PostgreSQL gives numbers of transactions again: what was kept before is not believed by them."""

import asyncio
import json
from collections.abc import Iterator

import asyncpg
import pytest

from core.settings import load_settings
from db.embedded import EmbeddedPostgres
from db.migrate import upgrade
from tests.faults.blog import ALL, RAW, make_blog
from tests.faults.world import folder, held_postgres
from tests.fixtures.api import Api, serving
from tests.fixtures.servers import connected, execute, settings_for
from tests.responses.planes import PLANES, opened

LOST = 20
"""Transactions that were rolled back, and of which nothing is on disk."""
TRIES = 10
OLD = f'{{ post(by: {{slug: "{RAW}"}}) {{ title }} }}'
NEW = f'{{ post(by: {{slug: "{RAW}"}}) {{ title version }} }}'
"""First asked after the transactions were rolled back."""


@pytest.fixture(scope="module")
def postgres_that_forgets() -> Iterator[EmbeddedPostgres]:
    """It writes to disk at each commit, and else as late as it can."""
    with EmbeddedPostgres(folder(), durable=False) as server:
        yield server


@pytest.fixture
async def url(postgres_that_forgets: EmbeddedPostgres, request: pytest.FixtureRequest) -> str:
    name = f"crash_{request.node.callspec.id}"
    await execute(
        postgres_that_forgets.url(),
        f"CREATE DATABASE {name}",
        f"ALTER DATABASE {name} SET synchronous_commit = on",
        "ALTER SYSTEM SET wal_writer_delay = '10s'",
        "ALTER SYSTEM SET autovacuum = off",
        "SELECT pg_reload_conf()",
    )
    url = postgres_that_forgets.url(name)
    await upgrade(load_settings(), url)
    async with connected(url) as connection:
        await make_blog(connection)
    return url


async def _rolled_back(url: str) -> int:
    """The number of the last of some transactions that were rolled back."""
    async with connected(url) as connection:
        for _ in range(LOST):
            transaction = connection.transaction()
            await transaction.start()
            number = await connection.fetchval("SELECT pg_current_xact_id()::text::bigint")
            await transaction.rollback()
    return int(number)


async def _crash(postgres: EmbeddedPostgres, url: str) -> None:
    held = held_postgres(postgres)
    connection = await asyncpg.connect(url)
    held.kill(connection.get_server_pid())
    connection.terminate()
    await asyncio.sleep(0.2)
    await held.ready()


async def _title(api: Api, query: str) -> str:
    """What is shown as soon as the database can be asked again."""
    for _ in range(100):
        answer = await api.http.post("/graphql", json={"query": query})
        body = json.loads(answer.content)
        if "errors" not in body:
            return str(body["data"]["post"]["title"])
        assert body["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE", body
        await asyncio.sleep(0.05)
    raise AssertionError(body)


async def _written(url: str, title: str) -> int:
    """Write by plain SQL; the number of the transaction."""
    async with connected(url) as connection:
        update = "UPDATE posts SET title = $1 WHERE slug = $2 RETURNING pg_current_xact_id()::text::bigint"
        return int(await connection.fetchval(update, title, RAW))


@pytest.mark.parametrize("plane", PLANES)
async def test_a_change_under_a_number_that_was_seen_before_a_crash_is_noticed(
    plane: str, postgres_that_forgets: EmbeddedPostgres, url: str, redis_url: str
) -> None:
    settings = settings_for(url, redis_url, cache=True, cache_plane=plane)
    async with serving(settings) as one, serving(settings) as other:
        await opened(one, other)
        for number in range(TRIES):
            await _title(one, OLD)
            await _title(other, f'{{ post(by: {{slug: "{ALL[0]}"}}) {{ title }} }}')
            last = await _rolled_back(url)
            # Each of them sees that those are over; one keeps what it read thereafter, in Redis, too.
            before = [await _title(one, OLD), await _title(one, NEW)]
            await _title(other, f'{{ post(by: {{slug: "{ALL[1]}"}}) {{ title }} }}')
            await _crash(postgres_that_forgets, url)
            title = f"After crash {number}"
            again = await _written(url, title)
            if plane == "redis":
                await asyncio.sleep(1.0)
            found = [await _title(api, query) for api in (one, other) for query in (OLD, NEW)]
            assert found == [title] * 4, (again, last, before)
            if again <= last:
                return
    raise AssertionError("PostgreSQL never gave a number again")
