"""Many listen to two processes while one of these, and Redis, are killed: nobody misses anything, or hears it twice."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from time import perf_counter

import psutil
import pytest
from redis.asyncio import Redis

from cache.embedded import EmbeddedRedis
from tests.faults.world import Server, folder, held_redis, variables
from tests.fixtures.accounts import person_by
from tests.fixtures.budget import PROVE
from tests.fixtures.servers import connected
from tests.subscriptions.crowd import Crowd, Listener, many_files, publish

LISTENERS, EVENTS = (1_000, 1_000) if PROVE else (50, 50)
EVERY = 0.02
WITHIN = 600.0 if PROVE else 60.0


@pytest.fixture
async def own_redis() -> AsyncIterator[EmbeddedRedis]:
    place = folder()
    with EmbeddedRedis(place) as server:
        yield server
    shutil.rmtree(place, ignore_errors=True)


async def test_nothing_is_lost_and_nothing_is_told_twice(database_url: str, own_redis: EmbeddedRedis) -> None:
    many_files()
    place = folder()
    asked = Redis.from_url(own_redis.url())
    redis = held_redis(own_redis, asked)
    settings = variables(database_url, own_redis.url(), "postgresql")
    servers = [Server(number, place, settings) for number in range(2)]
    crowd = Crowd([Listener(servers[number % 2]) for number in range(LISTENERS)])
    third = EVENTS // 3
    try:
        await asyncio.gather(*(server.start() for server in servers))
        async with connected(database_url) as connection:
            ann = (await person_by(connection, "ann", "AUTHOR")).id
            began = perf_counter()
            await crowd.begin()
            while sum(one.connections for one in crowd.listeners) < LISTENERS:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)
            opened = perf_counter() - began
            await asyncio.sleep(1.0)  # what was asked is begun
            await publish(connection, ann, 0, 1, 0)
            await crowd.have(1, WITHIN)
            began = perf_counter()
            writing = asyncio.create_task(publish(connection, ann, 1, EVENTS - 1, EVERY))
            await crowd.have(third, WITHIN)
            # The process that makes the events, or the other one.
            await servers[0].stop()
            await asyncio.sleep(0.5)
            await servers[0].start()
            await crowd.have(2 * third, WITHIN)
            await redis.stop()
            await asyncio.sleep(0.5)
            await redis.start()
            await writing
            written = perf_counter() - began
            await crowd.have(EVENTS, WITHIN)
            told = perf_counter() - began
        await asyncio.sleep(0.5)
        spent = [_spent(server) for server in servers]
    finally:
        await crowd.end()
        for server in servers:
            server.clear_away()
        await asked.aclose()
        shutil.rmtree(place, ignore_errors=True)
    again = sum(one.connections for one in crowd.listeners) - LISTENERS
    print(  # noqa: T201
        f"\n{LISTENERS} listeners opened in {opened:.1f} s; {EVENTS} events written in {written:.1f} s, told to all in "
        f"{told:.1f} s; {again} came again; CPU and memory of the servers: {', '.join(spent)}"
    )
    assert again >= LISTENERS // 2
    assert sum(one.gaps for one in crowd.listeners) == 0
    assert crowd.wrong([f"p{number}" for number in range(EVENTS)]) == []


def _spent(server: Server) -> str:
    assert server._process is not None
    process = psutil.Process(server._process.pid)
    times = process.cpu_times()
    return f"{times.user + times.system:.1f} s, {process.memory_info().rss / 1e6:.0f} MB"
