"""Server processes under load, while their replicas fall behind, hang, crash, die and come again."""

import asyncio
import os
import random as luck_of
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from time import perf_counter

import pytest

from db.embedded import EmbeddedPostgres
from tests.faults.blog import Blog, make_blog
from tests.faults.load import Load, loaded
from tests.faults.world import Server, until, variables
from tests.fixtures.budget import PROVE, SECONDS, luck
from tests.fixtures.servers import NewDatabase, connected
from tests.responses.planes import PLANES
from tests.scaling.conftest import name_of
from tests.scaling.standby import Standby, standby_of

pytestmark = pytest.mark.skipif(not PROVE, reason="it takes a while: make prove")
STANDBYS = 2
SHARE = SECONDS * 0.1 / len(PLANES)
"""Seconds of faults under each plane."""
READS = "SELECT sum(xact_commit) FROM pg_stat_database WHERE datname = '{}'"


async def _falls_behind(standby: Standby, load: Load, random: Random) -> None:
    await standby.pause()
    await load.sleep(random.random())
    await standby.resume()


async def _crashes(standby: Standby, load: Load, random: Random) -> None:
    """It ends all connections, recovers, and begins again at an earlier place."""
    backends = "SELECT array_agg(pid) FROM pg_stat_activity WHERE application_name = 'broadsheet'"
    pids = await standby.run(backends)
    if isinstance(pids, list):
        os.kill(random.choice(pids), signal.SIGKILL)
        await load.sleep(0.1)
        await until("the replica answers", standby.answers)


async def _is_killed(standby: Standby, load: Load, random: Random) -> None:
    await standby.kill()
    await load.sleep(random.random())
    await standby.start()


async def _hangs(standby: Standby, load: Load, random: Random) -> None:
    pids = await standby.run("SELECT array_agg(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert isinstance(pids, list)
    assert standby.server.pid is not None
    stopped = [standby.server.pid, *pids]
    try:
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        await load.sleep(0.3 + random.random())
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


async def _is_restarted(standby: Standby, load: Load, random: Random) -> None:
    await standby.run("CHECKPOINT")
    await standby.kill(signal.SIGINT)
    await load.sleep(random.random() / 5)
    await standby.start()


FAULTS: tuple[Callable[[Standby, Load, Random], Awaitable[None]], ...] = (
    _falls_behind,
    _crashes,
    _is_killed,
    _hangs,
    _is_restarted,
)


@pytest.fixture
async def standbys(postgres: EmbeddedPostgres, server_folder: Path) -> AsyncIterator[list[Standby]]:
    async with AsyncExitStack() as stack:
        places = [server_folder / f"faulty-{number}-{luck_of.random()}" for number in range(STANDBYS)]
        yield [await stack.enter_async_context(standby_of(postgres.url(), place)) for place in places]


@pytest.fixture(params=PLANES)
async def world(
    request: pytest.FixtureRequest,
    standbys: list[Standby],
    new_database: NewDatabase,
    redis_url: str,
    tmp_path: Path,
) -> AsyncIterator[tuple[str, Blog, list[Server]]]:
    url = await new_database()
    async with connected(url) as connection:
        await connection.execute(f"ALTER DATABASE {name_of(url)} SET synchronous_commit = on")
        blog = await make_blog(connection)
    for standby in standbys:
        await standby.has_all(url)
    given = variables(url, redis_url, request.param)
    given["BROADSHEET_REPLICA_URLS"] = ",".join(standby.url(name_of(url)) for standby in standbys)
    given["BROADSHEET_REPLICA_TIMEOUT"] = "0.5"
    servers = [Server(number, tmp_path, given) for number in range(2)]
    try:
        await asyncio.gather(*(server.start() for server in servers))
        yield url, blog, servers
    finally:
        for server in servers:
            server.clear_away()


async def test_no_read_is_older_than_what_was_known_and_none_fails(
    world: tuple[str, Blog, list[Server]], standbys: list[Standby]
) -> None:
    url, blog, servers = world
    random, ends, faults = luck("faults of replicas"), perf_counter() + SHARE, 0
    load = await loaded(blog, url, servers, random, longest_rest=0.05)
    async with load.running():
        while faults == 0 or perf_counter() < ends:
            for fault in random.sample(FAULTS, len(FAULTS)):
                await fault(random.choice(standbys), load, random)
                faults += 1
                await load.sleep(0.3 + random.random())
    read = [await standby.run(READS.format(name_of(url))) for standby in standbys]
    print(f"\n{faults} faults: {load.figures}, {load.history.violations} violations, {read} statements by replicas")  # noqa: T201
    assert load.history.violations == 0, load.history.told
    assert load.figures.unexpected() == []
    assert all(isinstance(number, int | float) or number for number in read)
