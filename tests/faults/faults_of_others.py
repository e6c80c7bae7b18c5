"""What may happen to server processes and to PostgreSQL, and what may be written behind their backs."""

import signal
from random import Random

from tests.faults.blog import AUTHOR, RAW
from tests.faults.figures import HUNG_UP, UNAVAILABLE
from tests.faults.load import Load
from tests.faults.scenario import Scenario
from tests.faults.world import World
from tests.fixtures.servers import connected

TERMINATED = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'broadsheet' AND random() < {}"
)
"""Ends this share of the servers' connections."""


async def _server_killed(world: World, load: Load, random: Random) -> None:
    for number in random.sample(range(len(world.servers)), 2):
        await load.sleep(random.random() / 2)
        with load.figures.excused(HUNG_UP, server=number, after=0.5):
            await world.servers[number].stop(signal.SIGKILL)
            await world.servers[number].start()


async def _connections_ended(world: World, load: Load, random: Random) -> None:
    async with connected(world.database_url) as connection:
        for share in (0.3, 1.0, 0.5):
            # A read asks four times, and all of its connections may be lost.
            with load.figures.excused(UNAVAILABLE, after=0.5):
                await connection.execute(TERMINATED.format(share))
            await load.sleep(0.9 + random.random() / 5)


async def _restarted(world: World, load: Load, random: Random) -> None:
    with load.figures.excused(UNAVAILABLE, after=1.0):
        await world.postgres.stop(signal.SIGINT)
        await load.sleep(random.random() / 2)
        await world.postgres.start()


async def _crashed(world: World, load: Load, random: Random) -> None:
    """PostgreSQL ends all connections and recovers when one of its processes is killed."""
    async with connected(world.database_url) as connection:
        pids = "SELECT pid FROM pg_stat_activity WHERE application_name = 'broadsheet'"
        pid = random.choice([record[0] for record in await connection.fetch(pids)])
    with load.figures.excused(UNAVAILABLE, after=1.0):
        world.postgres.kill(pid)
        await load.sleep(0.2)
        await world.postgres.ready()


async def _raw(world: World, load: Load, random: Random) -> None:
    """Writes that no server knows of: a post and its author, by turns."""
    history = load.history
    async with connected(world.database_url) as connection:
        for turn in range(60):
            key = f"post {RAW}" if turn % 2 else "name"
            next_one = history.newest(key) + 1
            history.attempt(key, next_one)
            if turn % 2:
                written = "UPDATE posts SET title = $1, version = $2, updated_at = now() WHERE slug = $3"
                await connection.execute(written, f"{RAW} r{next_one}", next_one, RAW)
            else:
                await connection.execute("UPDATE users SET name = $1 WHERE username = $2", f"Ann r{next_one}", AUTHOR)
            history.acknowledge(key, next_one)
            await load.sleep(random.random() / 15)
    worst = max(history.worst_lag.get(key, 0.0) for key in (f"post {RAW}", "name"))
    load.figures.notes[:] = [f"at most {worst * 1000:.0f} ms until everybody sees"]


FAULTS = {
    "a server process is killed amid writes": Scenario(_server_killed),
    "PostgreSQL ends connections": Scenario(_connections_ended, slowest=5.0),
    "PostgreSQL restarts": Scenario(_restarted, slowest=8.0),
    "PostgreSQL crashes": Scenario(_crashed, slowest=8.0),
    "somebody writes by plain SQL": Scenario(_raw),
}
