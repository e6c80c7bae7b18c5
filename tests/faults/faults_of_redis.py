"""What may happen to Redis: none of it makes an answer wrong, or fail, or slow for long."""

import asyncio
import signal
from random import Random

from redis.asyncio import Redis

from cache.embedded import EmbeddedRedis
from tests.faults.figures import HUNG_UP
from tests.faults.load import Load
from tests.faults.proxy import Proxy, Way
from tests.faults.scenario import Scenario
from tests.faults.world import World, until

JUNK = "x" * 20_000


async def _down_at_start(world: World, load: Load, random: Random) -> None:
    await world.redis.stop()
    with load.figures.excused(HUNG_UP, after=0.5):
        await asyncio.gather(*(server.stop(signal.SIGKILL) for server in world.servers))
        await asyncio.gather(*(server.start() for server in world.servers))
    await load.sleep(0.5 + random.random())
    await world.redis.start()


async def _killed(world: World, load: Load, random: Random) -> None:
    await world.redis.stop()
    await load.sleep(random.random())
    await world.redis.start()


async def _paused(world: World, load: Load, random: Random) -> None:
    world.redis.send(signal.SIGSTOP)
    try:
        await load.sleep(3 + random.random() / 2)
    finally:
        world.redis.send(signal.SIGCONT)


async def _emptied(world: World, load: Load, random: Random) -> None:
    for _ in range(10):
        await world.asked.flushall()
        await load.sleep(random.random() / 5)


async def _older_file(world: World, load: Load, random: Random) -> None:
    """What Redis had some time ago is there again, and what came later is not."""
    await world.asked.save()
    await load.sleep(0.5 + random.random())
    await world.redis.stop()
    await world.redis.start()
    assert await world.asked.dbsize() > 0, "it was restored"
    await load.sleep(0.5)
    (world.folder / "dump.rdb").unlink()


async def _evicting(world: World, load: Load, random: Random) -> None:
    """A neighbour fills Redis, and anything may be thrown out."""
    before = (await world.asked.info("stats"))["evicted_keys"]
    most = (await world.asked.info("memory"))["used_memory"] + 1_000_000
    try:
        await world.asked.config_set("maxmemory-policy", "allkeys-lru")
        await world.asked.config_set("maxmemory", most)
        for number in range(150):
            await world.asked.set(f"junk:{number}", JUNK)
            await load.sleep(random.random() / 50)
    finally:
        await _roomy(world)
    assert (await world.asked.info("stats"))["evicted_keys"] > before


async def _out_of_memory(world: World, load: Load, random: Random) -> None:
    try:
        await world.asked.config_set("maxmemory-policy", "noeviction")
        await world.asked.config_set("maxmemory", 1)
        await load.sleep(1 + random.random())
    finally:
        await _roomy(world)


async def _roomy(world: World) -> None:
    await world.asked.config_set("maxmemory", 256_000_000)
    await world.asked.config_set("maxmemory-policy", "volatile-lru")
    await world.asked.delete(*(f"junk:{number}" for number in range(150)))


async def _cut_off(world: World, load: Load, random: Random) -> None:
    """One process cannot reach Redis, and others can; the next time the other one."""
    for proxy in random.sample(world.proxies, 2):
        await proxy.lead(Way.CUT)
        await load.sleep(0.5 + random.random() / 2)
        await proxy.lead(Way.OPEN)


async def _black_hole(world: World, load: Load, random: Random) -> None:
    """What one process sends to Redis gets lost, and nothing says so."""
    proxy = random.choice(world.proxies)
    await proxy.lead(Way.HOLE)
    await load.sleep(1 + random.random())
    await proxy.lead(Way.OPEN)


async def _slow(world: World, load: Load, random: Random) -> None:
    for proxy in world.proxies:
        proxy.delay = 0.3
    try:
        await load.sleep(1.5 + random.random())
    finally:
        for proxy in world.proxies:
            proxy.delay = 0.0


async def _read_only(world: World, load: Load, random: Random) -> None:
    """It became the replica of one that is not there."""
    try:
        await world.asked.config_set("replica-serve-stale-data", "yes")
        await world.asked.replicaof("127.0.0.1", 1)
        await load.sleep(1 + random.random())
    finally:
        await world.asked.replicaof("NO", "ONE")


async def _without_replicas(world: World, load: Load, random: Random) -> None:
    """It refuses to be written to, for nobody follows it."""
    try:
        await world.asked.config_set("min-replicas-to-write", 1)
        await load.sleep(1 + random.random())
    finally:
        await world.asked.config_set("min-replicas-to-write", 0)


async def _failed_over(world: World, load: Load, random: Random) -> None:
    """A replica takes its place, while servers keep their addresses; and later the first one again."""
    first = Proxy(world.redis_socket)
    await first.start()
    place = world.folder / "replica"
    place.mkdir(exist_ok=True)
    with EmbeddedRedis(place) as server:
        socket = str(server._running().socket)
        replica = Redis(unix_socket_path=socket, socket_timeout=2)
        try:
            await replica.replicaof("127.0.0.1", first.port)

            async def follows() -> bool:
                return bool((await replica.info("replication"))["master_link_status"] == "up")

            await until("the replica follows", follows)
            await load.sleep(0.5 + random.random())
            await world.redis.stop()
            await load.sleep(0.5)
            await replica.replicaof("NO", "ONE")
            for proxy in world.proxies:
                proxy.socket = socket
            await load.sleep(2 + random.random())
            await world.redis.start()
        finally:
            for proxy in world.proxies:
                proxy.socket = world.redis_socket
            await replica.aclose()
            await first.stop()


FAULTS = {
    "Redis is down when servers start": Scenario(_down_at_start),
    "Redis is killed, and comes back empty": Scenario(_killed),
    "Redis stands still for three seconds": Scenario(_paused),
    "Redis is emptied again and again": Scenario(_emptied),
    "Redis comes back with an older file": Scenario(_older_file),
    "Redis throws out what it likes": Scenario(_evicting),
    "Redis has no room left": Scenario(_out_of_memory),
    "one process is cut off from Redis": Scenario(_cut_off),
    "one process speaks to Redis into a black hole": Scenario(_black_hole),
    "Redis takes 300 milliseconds": Scenario(_slow),
    "Redis may be read only": Scenario(_read_only),
    "Redis lacks replicas, and takes no writes": Scenario(_without_replicas),
    "Redis fails over to a replica": Scenario(_failed_over),
}
