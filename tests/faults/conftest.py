"""One world for all faults: starting it costs more than most of them."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from cache.embedded import EmbeddedRedis
from core.settings import load_settings
from db.embedded import EmbeddedPostgres
from db.migrate import upgrade
from tests.faults.blog import make_blog
from tests.faults.proxy import Proxy
from tests.faults.world import Server, World, folder, held_postgres, held_redis, opened, variables
from tests.fixtures.budget import PROVE, SECONDS, SEED
from tests.fixtures.servers import connected, execute

SERVERS = 2


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    path = folder()
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def own_postgres(place: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(place, durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def own_redis(place: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(place) as server:
        yield server


@pytest.fixture(scope="session", params=("redis", "postgresql") if PROVE else ("redis",))
async def world(
    request: pytest.FixtureRequest, place: Path, own_postgres: EmbeddedPostgres, own_redis: EmbeddedRedis
) -> AsyncIterator[World]:
    print(f"\nPROVE_SEED={SEED}" + (f" PROVE_SECONDS={SECONDS:g}" if PROVE else ""))  # noqa: T201
    name = f"by_{request.param}"
    url = own_postgres.url(name)
    # Where files are shared out between processes, it may have been here before.
    await execute(own_postgres.url(), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await execute(own_postgres.url(), f"CREATE DATABASE {name}")
    await upgrade(load_settings(), url)
    async with connected(url) as connection:
        # What was acknowledged must outlive a crash of PostgreSQL, though not one of the machine.
        await connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = on")
        blog = await make_blog(connection)
    socket = str(own_redis._running().socket)
    asked = Redis(unix_socket_path=socket, socket_timeout=2, retry=Retry(NoBackoff(), 0))
    proxies = [Proxy(socket) for _ in range(SERVERS)]
    for proxy in proxies:
        await proxy.start()
    servers = [Server(number, place, variables(url, proxy.url, request.param)) for number, proxy in enumerate(proxies)]
    postgres, redis = held_postgres(own_postgres), held_redis(own_redis, asked)
    try:
        await asyncio.gather(*(server.start() for server in servers))
        if request.param == "redis":
            await opened(url)
        yield World(place, url, socket, blog, postgres, redis, asked, proxies, servers, request.param)
    finally:
        for server in servers:
            server.clear_away()
        for proxy in proxies:
            await proxy.stop()
        await asked.aclose()
