"""A Redis with a replica, and an address that leads to one of them: no read is old when the other takes its place."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import perf_counter

import pytest

from tests.faults.load import Load, loaded
from tests.faults.world import opened, until
from tests.fixtures.budget import PROVE, SECONDS, luck
from tests.fixtures.servers import NewDatabase
from tests.scaling.balancer import Balancer
from tests.scaling.loaded import Several, several
from tests.scaling.six import HOST, Node

CAUGHT_WITHIN = 60.0


@dataclass
class Pair:
    """A master, its replica, and the address by which servers know whoever of them is the master."""

    master: Node
    replica: Node
    address: Balancer

    @property
    def url(self) -> str:
        return f"redis://{self.address.address}/0"

    async def promote(self) -> None:
        """Make the replica a master, too, without what it has not heard of."""
        await self.replica.ask("REPLICAOF", "NO", "ONE")

    async def demote(self) -> None:
        """Make the old master the replica, in place: nobody's connection to it is closed."""
        self.master, self.replica = self.replica, self.master
        await self.replica.ask("REPLICAOF", HOST, self.master.port)
        await self.joined()

    async def joined(self) -> None:
        async def is_joined() -> bool:
            return (await self.replica.info("replication")).get("master_link_status") == "up"

        await until("the replica follows", is_joined)


@pytest.fixture(scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    first, second = Node(folder), Node(folder)
    try:
        await asyncio.gather(first.start(), second.start())
        await second.ask("REPLICAOF", HOST, first.port)
        async with Balancer(first.port) as address:
            made = Pair(first, second, address)
            await made.joined()
            yield made
    finally:
        await first.stop()
        await second.stop()


@pytest.fixture(scope="module")
async def processes(
    new_database: NewDatabase, pair: Pair, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Several]:
    async with several(await new_database(), [pair.url] * 2, tmp_path_factory.mktemp("takeover")) as made:
        yield made


async def _dies(pair: Pair, load: Load, random: Random) -> None:
    gone = pair.master
    await gone.kill()
    await load.sleep(random.random())
    await pair.promote()
    pair.address.ports = [pair.replica.port]
    await pair.address.hang_up()
    await load.sleep(random.random())
    await gone.start()
    await pair.demote()


async def _taken(pair: Pair, load: Load, random: Random) -> None:
    """For a while both are masters: who was connected writes to the one, and who comes to the other."""
    await pair.replica.unheard()
    await load.sleep(0.3 + random.random() / 2)
    await pair.promote()
    pair.address.ports = [pair.replica.port]
    await load.sleep(random.random())
    await pair.demote()


async def _there_and_back(pair: Pair, load: Load, random: Random) -> None:
    """What was acknowledged meanwhile is taken from the master, over connections that stay open."""
    await pair.replica.unheard()
    await load.sleep(0.3 + random.random() / 2)
    await pair.promote()
    await pair.demote()
    await pair.promote()
    await pair.demote()
    await load.sleep(random.random() / 2)


async def _read_only(pair: Pair, load: Load, random: Random) -> None:
    pair.address.ports = [pair.replica.port]
    await pair.address.hang_up()
    await load.sleep(1 + random.random())
    pair.address.ports = [pair.master.port]
    # Who is connected to the replica stays there until he has to write.


Fault = Callable[[Pair, Load, Random], Awaitable[None]]
FAULTS: dict[str, Fault] = {
    "the master dies, and its replica takes its address": _dies,
    "a replica takes the address, and connections to the old master stay open": _taken,
    "the master becomes a replica, and the master again": _there_and_back,
    "the address leads to a replica for a while": _read_only,
}
SHORT = ("the master becomes a replica, and the master again",)
"""That of `make test`."""
SHARE = SECONDS * 0.1 / len(FAULTS) if PROVE else 0.0


@pytest.mark.parametrize("title", FAULTS if PROVE else SHORT)
async def test_under_load_when(processes: Several, pair: Pair, title: str) -> None:
    await processes.bears(title, lambda load, random: FAULTS[title](pair, load, random), seconds=SHARE)
    await opened(processes.database_url)


@pytest.mark.skipif(not PROVE, reason="it takes up to half a minute; `make prove` has it")
async def test_a_server_is_caught_that_believes_whoever_took_the_place(
    new_database: NewDatabase, pair: Pair, tmp_path: Path
) -> None:
    """A checker that never failed proves nothing: here the replica has not heard of what it is asked for."""
    async with several(await new_database(), [pair.url] * 2, tmp_path, variant=("gullible", "it")) as made:
        load = await loaded(made.blog, made.database_url, made.servers, luck("gullible"), readers=16, longest_rest=0.05)
        random, began = luck("gullible, too"), perf_counter()
        async with load.running():
            while load.history.first_at is None and perf_counter() - began < CAUGHT_WITHIN:
                await _taken(pair, load, random)
    assert load.history.first_at is not None, f"not caught in {CAUGHT_WITHIN:g} s: {load.figures}"
