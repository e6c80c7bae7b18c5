"""A process's own time: it goes on by one with each look at what was changed (`db.plane`)."""

import asyncio
import time
from bisect import bisect_right
from collections import deque

from db.database import Database
from db.depends import EVERYTHING, kind_of
from db.plane import Snapshot, look

MOST_STAMPS = 200_000
MOST_LOOKS = 4_096
LONGEST_PAUSE = 1_800.0
"""Seconds without a look after which all is forgotten: by then changes may be deleted that nobody here has seen.

Far less than `db.writes.housekeeping` keeps them.
"""


class Clock:
    """When what was touched last; looks are shared by all who wait for one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.now = 0
        self.last_change = 0
        """The look that told of a change last."""
        self.looks = 0
        self._floor = 1
        self._stamps: dict[str, int] = {}
        self._snapshot: Snapshot | None = None
        self._looked_at = _times()
        # Of each look the first transaction that it did not see, and its number; both only grow.
        self._ends: deque[int] = deque(maxlen=MOST_LOOKS)
        self._numbers: deque[int] = deque(maxlen=MOST_LOOKS)
        self._running: asyncio.Task[None] | None = None
        self._queued: asyncio.Task[None] | None = None

    @property
    def snapshot(self) -> str:
        """That of the last look, as text."""
        assert self._snapshot is not None
        return self._snapshot.text

    async def look(self) -> int:
        """The number of a look that was sent after this was called: of the one that waits already, or of a new one.

        Raises:
            ClientError: the database cannot say.

        """
        if self._queued is None:
            self._queued = asyncio.create_task(self._look_after(self._running))
            # Those who wait for it hear of its failure; there may be none of them any more.
            self._queued.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.shield(self._queued)
        return self.now

    def holds(self, tags: frozenset[str], since: int) -> bool:
        """Whether nothing of these was touched after a look."""
        if since < self._floor:
            return False
        stamps = self._stamps
        return all(stamps.get(tag, 0) <= since for tag in tags)

    def number_of(self, snapshot: str) -> int:
        """The last look that saw nothing which that snapshot, of whatever process, does not see; 0 for none."""
        place = bisect_right(self._ends, Snapshot(snapshot).xmin)
        return self._numbers[place - 1] if place else 0

    async def _look_after(self, running: asyncio.Task[None] | None) -> None:
        """One look, when the one before has come back."""
        if running is not None:
            await asyncio.wait([running])
        # From here on it is sent: who comes later waits for another.
        self._running, self._queued = self._queued, None
        sent = _times()
        seen = await look(self._database, self._snapshot)
        self.looks += 1
        self.now += 1
        if max(now - before for now, before in zip(sent, self._looked_at, strict=True)) > LONGEST_PAUSE:
            self._floor = self.now
        self._looked_at = sent
        self._snapshot = seen.snapshot
        if seen.touched:
            self.last_change = self.now
            self._stamps.update(dict.fromkeys(seen.touched, self.now))
            if len(self._stamps) > MOST_STAMPS:
                self._stamps.clear()
                self._floor = self.now
        if self._ends and self._ends[-1] == seen.snapshot.xmax:
            self._numbers[-1] = self.now
        else:
            self._ends.append(seen.snapshot.xmax)
            self._numbers.append(self.now)


def _times() -> tuple[float, float]:
    """By two clocks: one may stand still while the machine sleeps, the other may be set."""
    return time.monotonic(), time.time()


def with_kinds(tags: set[str]) -> frozenset[str]:
    """The tags, and those that stand for any of their kinds, and for everything."""
    return frozenset({*tags, *map(kind_of, tags), EVERYTHING})
