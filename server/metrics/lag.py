"""How late the event loop is: whatever keeps it from its next task delays every request as long."""

import asyncio
from collections.abc import Iterable
from time import perf_counter

from core.chores import goes_on
from core.metrics import Histogram, Reading
from server.metrics.catalogue import LAG

EVERY = 0.1
"""Seconds."""
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Lag:
    """Sleeps for a moment, again and again, and notes how much longer it took."""

    def __init__(self) -> None:
        self._lag = Histogram(BOUNDS)

    async def watch(self) -> None:
        """Go on until cancelled."""
        while goes_on():
            due = perf_counter() + EVERY
            await asyncio.sleep(EVERY)
            self._lag.observe(max(0.0, perf_counter() - due))

    def read(self) -> Iterable[Reading]:
        """Since the start."""
        yield LAG, [((), self._lag)]
