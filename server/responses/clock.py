"""A process's own time: it goes on by one with each look at what was changed (`db.plane`)."""

import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from itertools import chain

from core.shared_call import SharedCall
from db.database import Database
from db.depends import EVERYTHING, kind_of
from db.plane import Look, look
from db.plane_state import PlaneState
from db.position import Position
from db.snapshot import Snapshot
from server.responses.entry import Entry, Moment

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
        self.touched = 0
        """Tags that looks told of so far."""
        self.pauses = 0
        """How often nothing from before is believed: it was long since the last look, or the history is another."""
        self.site = ""
        """A name that no two databases share; empty before the first look."""
        self.history = ""
        """That to which all that is known here belongs (`db.plane.HISTORY`)."""
        self._floor = 1
        self._stamps: dict[str, int] = {}
        self._snapshot: Snapshot | None = None
        self._plane: PlaneState | None = None
        self._position: Position | None = None
        self._hearers: list[Callable[[Look], None]] = []
        self._looked_at = _times()
        # Of each look the first transaction that it did not see, and its number; both only grow.
        self._ends: deque[int] = deque(maxlen=MOST_LOOKS)
        self._numbers: deque[int] = deque(maxlen=MOST_LOOKS)
        self.look = SharedCall(self._look)
        """Look; raises ClientError when the database cannot say."""

    @property
    def snapshot(self) -> str:
        """That of the last look, as text."""
        assert self._snapshot is not None
        return self._snapshot.text

    @property
    def plane(self) -> PlaneState:
        """What PostgreSQL said of Redis at the last look."""
        assert self._plane is not None
        return self._plane

    @property
    def has_looked(self) -> bool:
        """Whether there was a look."""
        return self._snapshot is not None

    def age(self) -> float:
        """Seconds since the last look was sent."""
        return max(now - before for now, before in zip(_times(), self._looked_at, strict=True))

    def hear(self, hearer: Callable[[Look], None]) -> None:
        """Tell of each look from now on, before anybody who waits for it."""
        self._hearers.append(hearer)

    def holds(self, entry: Entry) -> bool:
        """Whether nothing that it depends on was touched since it was read, as far as the last look knows."""
        if entry.since < self._floor:
            return False
        if entry.since < self.last_change:
            stamps, since = self._stamps, entry.since
            if not all(stamps.get(tag, 0) <= since for tag in entry.tags):
                return False
            entry.since = self.now
        return True

    def adopt(self, entry: Entry) -> None:
        """Find out from which look on an entry of another process holds."""
        entry.since = self.number_of(entry.snapshot)

    def moment(self) -> Moment:
        """What can be said of all that is read from now on."""
        return Moment(self.now, self.snapshot, history=self.history, position=self._position)

    def remembers(self, since: Moment) -> bool:
        """Whether it can be known what was touched since then."""
        return since.since >= self._floor

    def is_unchanged(self, since: Moment) -> bool:
        """Whether nothing at all was touched."""
        return since.since >= self.last_change

    def number_of(self, snapshot: str) -> int:
        """The last look that saw nothing which that snapshot, of whatever process, does not see; 0 for none."""
        place = bisect_right(self._ends, Snapshot(snapshot).xmin)
        return self._numbers[place - 1] if place else 0

    async def _look(self) -> None:
        sent = _times()
        seen = await look(self._database, self._snapshot)
        self.looks += 1
        self.now += 1
        position = seen.position
        is_another = bool(self.history) and seen.history != self.history
        self.history = seen.history
        if is_another or max(now - then for now, then in zip(sent, self._looked_at, strict=True)) > LONGEST_PAUSE:
            self._forget()
        elif position is not None and not seen.touched:
            position = position.since(self._position)
        self._looked_at, self._position = sent, position
        self._snapshot, self._plane = seen.snapshot, seen.plane
        self.site = self.site or seen.site
        if seen.touched:
            self.last_change = self.now
            self.touched += sum(map(len, seen.touched.values()))
            self._stamps.update(dict.fromkeys(chain.from_iterable(seen.touched.values()), self.now))
            if len(self._stamps) > MOST_STAMPS:
                self._stamps.clear()
                self._floor = self.now
        if self._ends and self._ends[-1] == seen.snapshot.xmax:
            self._numbers[-1] = self.now
        else:
            self._ends.append(seen.snapshot.xmax)
            self._numbers.append(self.now)
        for hearer in self._hearers:
            hearer(seen)

    def _forget(self) -> None:
        """Believe nothing from before this look, of whatever process, and let nobody join what was begun before it."""
        self._floor = self.last_change = self.now
        self._ends.clear()
        self._numbers.clear()
        self._stamps.clear()
        self.pauses += 1


def _times() -> tuple[float, float]:
    """By two clocks: one may stand still while the machine sleeps, the other may be set."""
    return time.monotonic(), time.time()


def with_kinds(tags: set[str]) -> frozenset[str]:
    """The tags, and those that stand for any of their kinds, and for everything."""
    return frozenset({*tags, *map(kind_of, tags), EVERYTHING})
