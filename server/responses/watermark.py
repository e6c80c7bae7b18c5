"""What a process knows of the clock in Redis (`cache.control`): when what was touched last, and what is about to be.

Redis hears of what the API writes before it is committed. Of what others write it hears when a process has looked at
PostgreSQL; until then each process keeps by itself what it saw there and Redis does not know of yet: the overlay.
"""

import asyncio
import time
from collections import OrderedDict
from itertools import chain

from cache.control import ControlPlane
from cache.line import RedisUnavailableError
from core.shared_call import SharedCall
from db.plane import Look
from server.responses.clock import Clock
from server.responses.entry import Entry, Moment

LEASE = 0.5
"""Seconds for which a look at PostgreSQL allows to believe Redis."""
LOOK_EVERY = 0.15
"""Seconds after which another look is sent, beside what is served."""
PAUSE = 1.0
"""Seconds for which Redis is not asked after it failed."""
MOST_STAMPS = 200_000
MOST_ENDED = 50_000
MOST_OVERLAID = 5_000
_NOTHING = 2**63
"""The floor of one who knows nothing: above every count, so that nothing holds until Redis was asked."""


class Watermark:
    """Redis's word, as far as PostgreSQL and the connection vouch for it."""

    def __init__(self, control: ControlPlane, clock: Clock) -> None:
        self._control = control
        self._clock = clock
        self.epoch = ""
        """What all here was learnt under; empty for nothing."""
        self.epochs = 0
        """Of how many it was told so far to believe them."""
        self.failures = 0
        """How often Redis was not asked any more for a while."""
        self.count = 0
        """Redis's clock."""
        self.is_lost = False
        """Whether Redis answered, but is not what PostgreSQL says."""
        self.pending: dict[str, set[int]] = {}
        self.overlay: dict[int, frozenset[str]] = {}
        self.seen: dict[int, float] = {}
        """Since when each transaction is pending, by this process's clock."""
        self.noticed = asyncio.Event()
        """Set when something was seen that Redis does not know of yet."""
        self._hears = False
        self._overlaid: frozenset[str] = frozenset()
        self._floor = _NOTHING
        self._stamps: dict[str, int] = {}
        self._ended: OrderedDict[int, None] = OrderedDict()
        self._closed_until = 0.0
        self._pauses = clock.pauses
        self._synced = SharedCall(self._sync)
        clock.hear(self._heard)

    def prepare(self) -> None:
        """Forget all, and hear what is changed from here on; `begin` says under which epoch, and what was before."""
        self.forget()
        self._hears = True

    def begin(self, epoch: str, before: Look) -> None:
        """Believe an epoch from here on, unless all was forgotten since `prepare`.

        `before` tells of all that may not be ended under it.
        """
        if self._hears:
            self.epoch = epoch
            self.epochs += 1
            self._heard(before)

    def forget(self) -> None:
        """Believe nothing, and hear nothing, until `prepare`."""
        # Whoever was told to ask this may be about to: what was kept by PostgreSQL's word has no epoch either.
        self.epoch, self.count, self._floor, self.is_lost = "", 0, _NOTHING, False
        self._hears = False
        self._stamps.clear()
        self._ended.clear()
        self.pending, self.overlay, self._overlaid = {}, {}, frozenset()

    @property
    def is_open(self) -> bool:
        """Whether Redis may be believed, if it answers, as the last look at PostgreSQL says."""
        plane = self._clock.plane if self._clock.has_looked else None
        return plane is not None and plane.state == "open" and plane.epoch == self.epoch and not self.is_lost

    @property
    def is_believed(self) -> bool:
        """Whether Redis is asked what was changed, and not PostgreSQL each time."""
        return self.is_open and not self.is_paused

    @property
    def is_paused(self) -> bool:
        """Whether Redis is not asked at the moment, because it failed."""
        return time.monotonic() < self._closed_until

    async def is_synced(self) -> bool:
        """Ask Redis, by a command that was sent after this; whether its word counts now."""
        if self.is_paused:
            return False
        try:
            await self._synced()
        except RedisUnavailableError:
            self._closed_until = time.monotonic() + PAUSE
            self.failures += 1
            return False
        return self.is_open and self.count > 0 and self._clock.age() <= LEASE

    def holds(self, entry: Entry) -> bool:
        """Whether nothing that it depends on was touched since it was read, or is about to be."""
        if entry.epoch != self.epoch or entry.count < self._floor:
            return False
        tags = entry.tags
        if self.pending and not tags.isdisjoint(self.pending):
            return False
        if self._overlaid and not tags.isdisjoint(self._overlaid):
            return False
        if entry.count < self.count:
            stamps, count = self._stamps, entry.count
            if not all(stamps.get(tag, 0) <= count for tag in tags):
                return False
            entry.count = self.count
        return True

    def moment(self) -> Moment:
        """What can be said of all that is read from now on."""
        return Moment(self._clock.now, self._clock.snapshot, self.epoch, self.count, self._clock.history)

    def is_unchanged(self, since: Moment) -> bool:
        """Whether nothing at all was touched, or is about to be."""
        same = since.epoch == self.epoch and since.count == self.count
        return self.count > 0 and same and not self.pending and not self.overlay

    def _was_ended(self, xid: int) -> None:
        """Redis has told, so its stamps are known here, too: the word of who ended it would come too early."""
        self._ended[xid] = None
        if len(self._ended) > MOST_ENDED:
            self._ended.popitem(last=False)
        if self.overlay.pop(xid, None) is not None:
            self._overlaid = frozenset(chain.from_iterable(self.overlay.values()))

    async def _sync(self) -> None:
        epoch, run_id = self.epoch, self._clock.plane.run_id
        found = await self._control.sync(epoch, self.count)
        if epoch != self.epoch:
            return  # begun anew while this was on its way
        if not found.is_there or found.run_id != run_id:
            self.is_lost = True
            return
        self.is_lost = False
        now = time.monotonic()
        self.pending = found.pending
        self.seen = {xid: self.seen.get(xid, now) for xid in set(chain.from_iterable(found.pending.values()))}
        self._floor = max(self._floor, found.floor) if self.count else found.floor
        self.count = max(self.count, found.clock)
        self._stamps.update(found.stamps)
        if len(self._stamps) > MOST_STAMPS:
            self._stamps.clear()
            self._floor = self.count
        for xid in found.ended:
            self._was_ended(xid)

    def _heard(self, look: Look) -> None:
        if self._pauses != self._clock.pauses:
            self._pauses = self._clock.pauses
            self.forget()
        if not self._hears:
            return
        new = {xid: tags for xid, tags in look.touched.items() if tags and xid not in self._ended}
        if new:
            self.overlay.update(new)
            self.noticed.set()
            self._overlaid = self._overlaid.union(*new.values())
        if len(self.overlay) > MOST_OVERLAID:
            # Redis is out of reach for long. To begin anew costs less than to carry all that was since.
            self.forget()
