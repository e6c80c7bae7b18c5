"""A fault of Redis and one of PostgreSQL or of a server process at the same time: for `make prove`."""

import asyncio
from random import Random

from tests.faults import faults_of_others, faults_of_redis
from tests.faults.load import Load
from tests.faults.scenario import Scenario
from tests.faults.world import World

# Both would start the same servers.
_OF_REDIS = [fault for title, fault in faults_of_redis.FAULTS.items() if "servers start" not in title]
_OF_OTHERS = list(faults_of_others.FAULTS.values())


async def _two(world: World, load: Load, random: Random) -> None:
    pair = random.choice(_OF_REDIS), random.choice(_OF_OTHERS)
    async with asyncio.TaskGroup() as group:
        for fault in pair:
            group.create_task(fault.make(world, load, Random(random.random())))


FAULTS = {"two faults at once": Scenario(_two, slowest=8.0)}
