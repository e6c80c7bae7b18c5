"""Time: of the wall, and of this process's CPU, which says more where a machine has other things to do."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time

from core.observation import observing

Work = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds for one piece of work: medians over the rounds."""

    wall: float
    cpu: float


async def in_turns(rounds: int, works: Mapping[str, Work], pieces: int = 1) -> dict[str, Timed]:
    """Time each way `rounds` times, by turns, so that what else the machine does befalls all of them alike.

    Each call does so many `pieces`; one call before the first round is not counted.
    """
    for work in works.values():
        await work()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            wall, cpu = perf_counter(), process_time()
            await work()
            found[name].append((perf_counter() - wall, process_time() - cpu))
    return {name: _median(times, pieces) for name, times in found.items()}


def _median(times: list[tuple[float, float]], pieces: int) -> Timed:
    wall, cpu = (median(column) * 1e3 / pieces for column in zip(*times, strict=True))
    return Timed(wall, cpu)


async def statements_of(work: Work) -> int:
    """How many statements the reads of this work send."""
    with observing() as counted:
        await work()
    return counted.statements
