"""Under load, whatever becomes of a cluster: no read is older than what was known, none fails, and hits come back."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from redis.exceptions import RedisError

from cache.control import PLANE
from tests.faults.load import Load
from tests.faults.world import NotInTimeError
from tests.fixtures.budget import PROVE, SECONDS
from tests.fixtures.servers import NewDatabase
from tests.scaling.loaded import Several, several
from tests.scaling.six import NODE_TIMEOUT, Six

Fault = Callable[[Six, Load, Random], Awaitable[None]]


@pytest.fixture(scope="module", params=("redis", "postgresql") if PROVE else ("redis",))
async def processes(
    request: pytest.FixtureRequest,
    new_database: NewDatabase,
    started_six: Six,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Several]:
    folder: Path = tmp_path_factory.mktemp("cluster")
    async with several(await new_database(), [started_six.url] * 2, folder, plane=request.param) as made:
        yield made


async def _the_plane_killed(six: Six, load: Load, random: Random) -> None:
    """Its replica takes its place by itself; what it had not heard of is lost."""
    first, second = await six.has(PLANE), await six.stands_by(PLANE)
    await first.kill()
    await asyncio.gather(six.until_master(second), load.sleep(NODE_TIMEOUT))
    await load.sleep(random.random() / 2)
    await first.start()
    await six.healed()


async def _taken_over(six: Six, load: Load, random: Random) -> None:
    """A replica that has heard nothing for a while is voted the master, which the master does not know; and back."""
    first, second = await six.has(PLANE), await six.stands_by(PLANE)
    for old, new in ((first, second), (second, first)):
        await new.unheard()
        await load.sleep(0.3 + random.random() / 2)
        await six.promoted(new, "FORCE")
        with suppress(NotInTimeError):
            await six.until_replica(old, 4 * NODE_TIMEOUT)
        await load.sleep(random.random() / 4)
    await six.healed()


async def _handed_over(six: Six, load: Load, random: Random) -> None:
    await six.promoted(await six.stands_by(PLANE))
    await load.sleep(0.5 + random.random())


async def _moved(six: Six, load: Load, random: Random) -> None:
    """The slot of the plane goes to another master; a while it is on its way, with its keys here or there."""
    slot, source, target = await six.moving(PLANE)
    await load.sleep(random.random() / 2)
    while found := await source.ask("CLUSTER", "GETKEYSINSLOT", slot, 100):
        for key in found:
            with suppress(RedisError):  # it is gone meanwhile
                await source.ask("MIGRATE", "127.0.0.1", target.port, key, 0, 1_000, "REPLACE")
    await load.sleep(random.random() / 2)
    await six.settled(slot, target)
    await load.sleep(0.5)


async def _paused(six: Six, load: Load, random: Random) -> None:
    """The master of the plane stands still until another one has its place, and wakes as if nothing had been."""
    first, second = await six.has(PLANE), await six.stands_by(PLANE)
    first.send(signal.SIGSTOP)
    try:
        await asyncio.gather(six.until_master(second), load.sleep(NODE_TIMEOUT))
        await load.sleep(random.random())
    finally:
        first.send(signal.SIGCONT)
    await six.healed()


async def _another_killed(six: Six, load: Load, random: Random) -> None:
    """A master without the plane, and its replica: a third of the keys is nowhere, and all nodes say CLUSTERDOWN."""
    others = [node for node in await six.masters() if node is not await six.has(PLANE)]
    gone = random.choice(others)
    for node in (await six.follower_of(gone), gone):
        await node.kill()
    await load.sleep(NODE_TIMEOUT + 1 + random.random())
    await six.healed()


async def _all_killed(six: Six, load: Load, random: Random) -> None:
    for node in six.nodes:
        await node.kill()
    await load.sleep(0.5 + random.random())
    await six.healed()


FAULTS: dict[str, Fault] = {
    "the master that has the plane is killed": _the_plane_killed,
    "a replica that is behind takes over, and back": _taken_over,
    "a replica takes over in agreement": _handed_over,
    "the slot of the plane moves": _moved,
    "the master that has the plane stands still": _paused,
    "a master and its replica are killed": _another_killed,
    "all nodes are killed, and come back empty": _all_killed,
}
SHORT = ("the master that has the plane is killed", "a replica that is behind takes over, and back")
"""Those of `make test`."""
SHARE = SECONDS * 0.2 / 2 / len(FAULTS) if PROVE else 0.0


@pytest.mark.parametrize("title", FAULTS if PROVE else SHORT)
async def test_under_load_when(processes: Several, six: Six, title: str) -> None:
    await processes.bears(title, lambda load, random: FAULTS[title](six, load, random), seconds=SHARE)
