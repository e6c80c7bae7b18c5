"""The faults of Redis, counted: nobody should be told of any."""

from collections.abc import Callable, Coroutine
from random import Random

from tests.faults import faults_of_redis
from tests.faults.counted import Fault
from tests.faults.load import Load
from tests.faults.world import World

_SEEN = "nothing: kept responses are found true by PostgreSQL meanwhile"
_TODO = {
    "Redis is down when servers start": "start it; `/readyz` names it, and stays 200",
    "Redis is killed, and comes back empty": "nothing",
    "Redis stands still for three seconds": "nothing; should it happen often, look for what stops it",
    "Redis is emptied again and again": "nothing; find who does it",
    "Redis comes back with an older file": "nothing",
    "Redis throws out what it likes": "set `maxmemory-policy` to `noeviction` or one of `volatile-*`",
    "Redis has no room left": "raise `maxmemory`, or lower `BROADSHEET_CACHE_LIFETIME`",
    "one process is cut off from Redis": "mend the network",
    "one process speaks to Redis into a black hole": "mend the network",
    "Redis takes 300 milliseconds": "look at the network, and for slow commands of others",
    "Redis may be read only": "promote it, or name the one that may be written to in `REDIS_URL`",
    "Redis lacks replicas, and takes no writes": "bring replicas back, or lower `min-replicas-to-write`",
    "Redis fails over to a replica": "nothing, where the address stays; else restart with the new `REDIS_URL`",
}


def _of(title: str) -> Callable[[World, Load, Random, float], Coroutine[None, None, None]]:
    make = faults_of_redis.FAULTS[title].make

    async def counted(world: World, load: Load, random: Random, _seconds: float) -> None:
        await make(world, load, random)

    return counted


FAULTS = {
    title: Fault(
        _of(title),
        0.0,
        "the start of processes" if "servers start" in title else _SEEN,
        todo,
        plane="redis",
        kills="servers start" in title,
        fails="servers start" in title,
    )
    for title, todo in _TODO.items()
}
