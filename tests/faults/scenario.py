"""What a fault is, and what must hold while it lasts and after it."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from random import Random

from tests.faults.load import Load
from tests.faults.world import World

RECOVERY = 5.0
"""Seconds in which hits come back after any fault: far more than it takes, for machines are busy."""


@dataclass(frozen=True)
class Scenario:
    """A fault that is made during a load, and ended."""

    make: Callable[[World, Load, Random], Coroutine[None, None, None]]
    recovery: float = RECOVERY
    slowest: float = 1.5
    """Seconds that 99 of 100 reads take at most: Redis may take a tenth of a second, once in a while."""


async def restarted(world: World, load: Load, number: int) -> None:
    """Start a server process that ended; it keeps its port."""
    del load
    await world.servers[number].start()
