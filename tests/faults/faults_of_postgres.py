"""What may happen to PostgreSQL, for some seconds each."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from random import Random

import asyncpg

from tests.faults.counted import Fault
from tests.faults.load import Load
from tests.faults.proxy import Way
from tests.faults.small_disk import moved_to_small_disk
from tests.faults.world import World
from tests.fixtures.servers import connected

OTHERS = "others"
"""The name of those who take connections from us."""
MOST_OTHERS = 200
PIDS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'broadsheet'"
END_ONE = f"SELECT pg_terminate_backend(pid) FROM ({PIDS} ORDER BY random() LIMIT 1) AS one"
END_ALL = f"SELECT pg_terminate_backend(pid) FROM ({PIDS}) AS one"


async def _stopped(world: World, load: Load, number: signal.Signals, seconds: float) -> None:
    await world.postgres.stop(number)
    await load.sleep(seconds)
    await world.postgres.start()


async def _fast(world: World, load: Load, _random: Random, seconds: float) -> None:
    await _stopped(world, load, signal.SIGINT, seconds)


async def _immediate(world: World, load: Load, _random: Random, seconds: float) -> None:
    await _stopped(world, load, signal.SIGQUIT, seconds)


async def _crashed(world: World, load: Load, random: Random, seconds: float) -> None:
    """PostgreSQL ends all connections and recovers when one of its processes is killed."""
    async with connected(world.database_url) as connection:
        pids = [record[0] for record in await connection.fetch(PIDS)]
    world.postgres.kill(random.choice(pids))
    await load.sleep(seconds)
    await world.postgres.ready()


@asynccontextmanager
async def _paused(pids: list[int]) -> AsyncIterator[None]:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def _backends_paused(world: World, load: Load, _random: Random, seconds: float) -> None:
    """Who connects anew is served."""
    async with connected(world.database_url) as connection:
        pids = [record[0] for record in await connection.fetch(PIDS)]
    async with _paused(pids):
        await load.sleep(seconds)


async def _all_paused(world: World, load: Load, _random: Random, seconds: float) -> None:
    async with _paused(world.postgres.family()):
        await load.sleep(seconds)


async def _ended_each_second(world: World, load: Load, _random: Random, seconds: float) -> None:
    async with connected(world.database_url) as connection:
        for _ in range(max(1, round(seconds))):
            await connection.execute(END_ONE)
            await load.sleep(1.0)


async def _taken_up(world: World, load: Load, _random: Random, seconds: float) -> None:
    """Others have all connections, and ours were ended."""
    async with AsyncExitStack() as stack, connected(world.database_url) as first:
        for _ in range(3):
            await first.execute(END_ALL)
            with suppress(asyncpg.TooManyConnectionsError):
                for _ in range(MOST_OTHERS):
                    one = await asyncpg.connect(world.database_url, server_settings={"application_name": OTHERS})
                    stack.push_async_callback(one.close)
        await load.sleep(seconds)


async def _locked(world: World, load: Load, _random: Random, seconds: float) -> None:
    """Somebody locks posts, as a careless migration would."""
    async with connected(world.database_url) as connection, connection.transaction():
        await connection.execute("LOCK TABLE posts IN ACCESS EXCLUSIVE MODE")
        await load.sleep(seconds)


async def _slow(world: World, load: Load, _random: Random, seconds: float) -> None:
    for way in world.ways:
        way.delay = 0.3
    try:
        await load.sleep(seconds)
    finally:
        for way in world.ways:
            way.delay = 0.0


async def _silent(world: World, load: Load, _random: Random, seconds: float) -> None:
    """Nothing that is sent arrives, and nothing says so; connections that are made anew are the same."""
    for way in world.ways:
        await way.lead(Way.HOLE)
    await load.sleep(seconds)
    for way in world.ways:
        way.forget()


async def _without_room(world: World, load: Load, _random: Random, seconds: float) -> None:
    """The disk with all tables is full; that of the write-ahead log is not."""
    async with connected(world.database_url) as connection, moved_to_small_disk(world.folder, connection) as disk:
        filler = disk / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        await load.sleep(seconds)
        filler.unlink()


_TOLD = "`SERVICE_UNAVAILABLE`"
FAULTS = {
    "PostgreSQL restarts (fast)": Fault(
        _fast,
        2.0,
        f"{_TOLD} until it is there again; writes that were under way have an unknown end",
        "nothing: connections are made anew by themselves",
        short=0.5,
    ),
    "PostgreSQL is stopped at once (immediate)": Fault(
        _immediate,
        2.0,
        "the same; what was acknowledged is there after recovery",
        "start it again; all kept responses are read anew, once",
    ),
    "a backend of PostgreSQL is killed, and it recovers": Fault(
        _crashed,
        0.2,
        "the same, for as long as recovery takes",
        "look into PostgreSQL's log for what killed it",
        short=0.2,
    ),
    "all backends stand still": Fault(
        _backends_paused,
        15.0,
        f"{_TOLD} after 2 s without a free connection, after 7 s on one that says nothing and is given up then; "
        "`TIMEOUT` after 10 s",
        "find what stops them: the storage, most of the time",
    ),
    "all of PostgreSQL stands still": Fault(_all_paused, 15.0, "the same", "the same"),
    "a connection is ended each second": Fault(
        _ended_each_second,
        10.0,
        "reads nothing: they are asked again; a write that was under way has an unknown end",
        "nothing",
    ),
    "others take all connections": Fault(
        _taken_up,
        10.0,
        f"{_TOLD}; kept responses cannot be found true, so they are not served either",
        "find who has them (`pg_stat_activity`); give other roles a `CONNECTION LIMIT`",
        short=2.0,
    ),
    "the disk is full": Fault(
        _without_room, 10.0, f"writes {_TOLD}; reads nothing", "make room; nothing has to be restarted", short=2.0
    ),
    "somebody locks a table": Fault(
        _locked,
        60.0,
        f"{_TOLD} after 2 s (`BROADSHEET_LOCK_TIMEOUT`) for what needs the table; kept responses are served",
        "end the session that locks: `SELECT pg_blocking_pids(pid) …`; migrate with a `lock_timeout`",
        short=3.0,
    ),
    "PostgreSQL takes 300 milliseconds": Fault(
        _slow, 10.0, "slow answers; beyond the connections there are: 503", "look at the network"
    ),
    "PostgreSQL is out of reach, and nothing says so": Fault(
        _silent,
        15.0,
        f"{_TOLD} after 7 s on a connection that says nothing and is given up then, after 2 s on a new one",
        "mend the network; nothing has to be restarted",
        # A transaction that nobody goes on with holds its locks for ten seconds, by PostgreSQL's
        # `idle_in_transaction_session_timeout`, and who waits for them hears so after two.
        back_within=15.0,
    ),
}
