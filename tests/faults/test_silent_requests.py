"""Where PostgreSQL takes what is sent and says nothing, a request ends at its own deadline, and at no later one."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from db.embedded import EmbeddedPostgres
from db.migrate import upgrade
from tests.faults.proxy import Proxy, Way
from tests.fixtures.accounts import Client, person
from tests.fixtures.api import Api, serving
from tests.fixtures.servers import execute, settings_for

DEADLINE = 1.0
SILENCE = {"statement_timeout": 60.0, "database_pool_timeout": 60.0, "request_timeout": DEADLINE}
SOON = 20.0
"""Seconds: on a busy machine, and long before anything but the deadline ends."""
READ = "{ tags { nodes { name } } }"
WRITE = 'mutation { createTag(input: {name: "x"}) { tag { name } } }'


@pytest.fixture
async def way(own_postgres: EmbeddedPostgres) -> AsyncIterator[Proxy]:
    async with Proxy(str(own_postgres._running().socket)) as made:
        yield made


@pytest.fixture
async def database(own_postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    await execute(own_postgres.url(), "CREATE DATABASE silent")
    url = own_postgres.url("silent")
    await upgrade(settings_for(url, "redis://nowhere"), url)
    yield url
    await execute(own_postgres.url(), "DROP DATABASE silent WITH (FORCE)")


@pytest.fixture(params=[False, True], ids=["without the cache", "with the cache"])
async def api(request: pytest.FixtureRequest, way: Proxy, database: str, redis_url: str) -> AsyncIterator[Api]:
    url = f"postgresql://postgres@127.0.0.1:{way.port}/{urlsplit(database).path[1:]}"
    async with serving(settings_for(url, redis_url, cache=request.param, **SILENCE)) as made:
        yield made
        await way.lead(Way.CUT)


@pytest.mark.parametrize(("query", "is_signed_in"), [(READ, False), (READ, True), (WRITE, True)])
async def test_it_ends_at_its_deadline(api: Api, way: Proxy, database: str, query: str, is_signed_in: bool) -> None:
    client = Client(api.http, await person(database, "ed", "EDITOR") if is_signed_in else None)
    assert "errors" not in await client.send(query)
    await way.lead(Way.HOLE)
    async with asyncio.timeout(SOON):
        answers = await asyncio.gather(*(client.send(query) for _ in range(3)))
    assert {answer["errors"][0]["extensions"]["code"] for answer in answers} <= {"TIMEOUT", "SERVICE_UNAVAILABLE"}
