"""Events go on while Redis or PostgreSQL are cut off, and whoever makes them."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.faults.proxy import Proxy, Way
from tests.fixtures.accounts import Person
from tests.fixtures.servers import settings_for
from tests.subscriptions.listening import PUBLISHED, Socket, add_post, opened, served


@pytest.fixture
async def proxy(redis_url: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(urlsplit(redis_url).path)
    await proxy.start()
    yield proxy
    await proxy.stop()


async def _is_told(writer: asyncpg.Connection, ann: Person, name: str, *clients: Socket) -> None:
    titles = [f"{name}-{number}" for number in range(3)]
    for title in titles:
        await add_post(writer, title, ann.id)
    for client in clients:
        assert [(await client.next())["post"]["title"] for _ in titles] == titles


@pytest.mark.parametrize("way", [Way.CUT, Way.HOLE])
async def test_redis_is_cut_off_and_comes_back(
    way: Way, proxy: Proxy, database_url: str, redis_url: str, writer: asyncpg.Connection, ann: Person
) -> None:
    # One of them hears Redis all the time; who makes the events does not.
    async with (
        served(settings_for(database_url, proxy.url, redis_timeout=0.5, redis_connect_timeout=0.5)) as cut,
        opened(cut) as one,
        served(settings_for(database_url, redis_url)) as whole,
        opened(whole) as two,
    ):
        for client in (one, two):
            await client.subscribe(PUBLISHED)
        await _is_told(writer, ann, "before", one, two)
        await proxy.lead(way)
        await _is_told(writer, ann, "without", one, two)
        await proxy.lead(Way.OPEN)
        await _is_told(writer, ann, "after", one, two)


async def test_connections_to_postgresql_are_lost(
    database_url: str, redis_url: str, writer: asyncpg.Connection, ann: Person
) -> None:
    settings = settings_for(database_url, redis_url)
    async with served(settings) as first, opened(first) as one, served(settings) as second, opened(second) as two:
        for client in (one, two):
            await client.subscribe(PUBLISHED)
        await _is_told(writer, ann, "before", one, two)
        for round_ in range(3):
            ended = await writer.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert ended >= 2
            await _is_told(writer, ann, f"after-{round_}", one, two)


async def test_another_process_takes_over_when_the_one_that_makes_events_stops(
    database_url: str, redis_url: str, writer: asyncpg.Connection, ann: Person
) -> None:
    settings = settings_for(database_url, redis_url)
    async with served(settings) as second:
        async with served(settings) as first, opened(first) as one:
            await one.subscribe(PUBLISHED)
            await _is_told(writer, ann, "first", one)
            two = opened(second)
            client = await two.__aenter__()
            await client.subscribe(PUBLISHED)
            await _is_told(writer, ann, "both", one, client)
        await _is_told(writer, ann, "second", client)
        await two.__aexit__(None, None, None)
