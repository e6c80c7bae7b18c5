"""Keeps Redis's word good: closes what was lost, opens it again, ends what others left (`db.plane_state`)."""

import asyncio
import contextlib
import secrets
import time

import structlog

from cache.control import ControlPlane
from cache.line import RedisUnavailableError
from core.chores import goes_on
from core.errors import ClientError
from db import plane_state
from db.database import Database
from db.plane import look
from db.snapshot import Snapshot
from server.responses.clock import Clock
from server.responses.marks import LOST_NUMBERS
from server.responses.watermark import LEASE, Watermark

_LOG = structlog.get_logger("broadsheet.cache")

TICK = 0.5
FAST = 0.05
"""Seconds between two rounds: while all is well, and while something changes."""
REAP_AFTER = 2.0
DRAINED_KEPT = 1_800.0
"""Seconds after which nobody goes on from where all had stopped; far less than changes are kept."""
REOPEN_AFTER = 3.0
LONGEST_PAUSE = 60.0
_FAILURES = (RedisUnavailableError, ClientError)


class Keeper:
    """One in each process; any of them may take any step, and a step that two take is taken once."""

    def __init__(self, database: Database, control: ControlPlane, clock: Clock, watermark: Watermark) -> None:
        self._database = database
        self._control = control
        self._clock = clock
        self._watermark = watermark
        self._pause = REOPEN_AFTER
        self._closing_seen = ("", 0.0)
        self._opened_at = 0.0
        self._complained = ""

    async def keep(self) -> None:
        """Go round until cancelled."""
        while goes_on():
            busy = False
            self._watermark.noticed.clear()
            try:
                busy = await self.round()
            except _FAILURES:
                pass  # the next round may find them there again; until then PostgreSQL is asked, or nothing is served
            except Exception as error:  # noqa: BLE001 - it must go on, whatever it was
                _LOG.error("cache_keeper_failed", exc_info=error)
            if not busy:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._watermark.noticed.wait(), TICK)
            # Who wrote by the API tells Redis himself, meanwhile.
            await asyncio.sleep(FAST)

    async def round(self) -> bool:
        """One round; whether the next one should come soon."""
        await self._clock.look()
        plane = self._clock.plane
        if plane.state in ("opening", "open") and not plane.epoch.endswith(f".{self._clock.history}"):
            _LOG.warning(
                "cache_plane_closed", epoch=plane.epoch, why="PostgreSQL was restored, restarted, or is another one"
            )
            await plane_state.close(self._database, plane.epoch)
            return True
        if plane.state == "open":
            await self._keep_open(plane.epoch)
            return not self._watermark.is_open
        self._watermark.forget()
        if plane.state == "closing":
            await self._close(plane.epoch)
        elif plane.state == "closed":
            return await self._begin(plane.epoch)
        else:
            await self._open(plane.epoch, plane.run_id)
        return True

    async def _keep_open(self, epoch: str) -> None:
        mark = self._watermark
        if mark.epoch != epoch:
            await self._join(epoch)
        if not await mark.is_synced():
            if mark.is_lost:
                _LOG.warning("cache_plane_closed", epoch=epoch, why="Redis was emptied, restarted, or is another one")
                await plane_state.close(self._database, epoch)
            return
        await self._drain(epoch)
        await self._reap(epoch)

    async def _join(self, epoch: str) -> None:
        """Go on from where all is known to be ended; if nobody knows, begin anew."""
        self._watermark.prepare()
        found = await self._control.drained(epoch)
        if found is not None:
            snapshot, _, history = found.partition(" ")
            seen = await look(self._database, Snapshot(snapshot))
            if seen.history == history:
                self._watermark.begin(epoch, seen)
                return
        _LOG.warning("cache_plane_closed", epoch=epoch, why="nobody knows what was changed while nobody looked")
        await plane_state.close(self._database, epoch)

    async def _drain(self, epoch: str) -> None:
        """End what others wrote, or left; then say how far all is ended."""
        drained = f"{self._clock.snapshot} {self._clock.history}"
        left = list(self._watermark.overlay.items())
        for xid, tags in left:
            await self._control.end(epoch, xid, tags)
        if left:
            await self._watermark.is_synced()
        if not self._watermark.overlay:
            await self._control.set_drained(epoch, drained, DRAINED_KEPT)

    async def _reap(self, epoch: str) -> None:
        """Remove marks whose transactions are over; never because time has passed."""
        mark = self._watermark
        for xid in [xid for xid, since in mark.seen.items() if time.monotonic() - since > REAP_AFTER]:
            fate = await plane_state.fate_of(self._database, xid)
            tags = [tag for tag, xids in mark.pending.items() if xid in xids]
            if fate is None:
                _LOG.warning("cache_plane_closed", epoch=epoch, why=LOST_NUMBERS)
                await plane_state.close(self._database, epoch)
                return
            if fate == "aborted":
                await self._control.unmark(epoch, xid, tags)
            elif fate != "in progress":
                await self._control.end(epoch, xid, tags)

    async def _close(self, epoch: str) -> None:
        """Wait until every lease has run out that began before this was known."""
        now = time.monotonic()
        if self._closing_seen[0] != epoch:
            self._closing_seen = (epoch, now)
        elif now - self._closing_seen[1] > LEASE * 1.1:
            await plane_state.closed(self._database, epoch)

    async def _begin(self, before: str) -> bool:
        """Put a new epoch into Redis."""
        if not self._may_open(await self._control.policy()):
            return False
        often = self._opened_at and time.monotonic() - self._opened_at < LONGEST_PAUSE
        pause = min(self._pause * 2, LONGEST_PAUSE) if often else REOPEN_AFTER
        epoch = f"{secrets.token_hex(8)}.{self._clock.history}"
        if not await plane_state.claim(self._database, before, epoch, pause):
            return False
        self._pause, self._opened_at = pause, time.monotonic()
        run_id = await self._control.begin(epoch, before)
        return await plane_state.opening(self._database, epoch, run_id)

    async def _open(self, epoch: str, run_id: str) -> None:
        """Open, when all have ended that began when nobody marked."""
        found = await self._control.sync(epoch, 0)
        if not found.is_there or found.run_id != run_id:
            await plane_state.close(self._database, epoch)
            return
        # Asked for before the snapshot: should PostgreSQL crash between them, nobody goes on from there.
        history = self._clock.history
        snapshot = await plane_state.passed(self._database, epoch)
        if snapshot is not None:
            await self._control.set_drained(epoch, f"{snapshot} {history}", DRAINED_KEPT)
            await plane_state.opened(self._database, epoch)
            _LOG.info("cache_plane_opened", epoch=epoch)

    def _may_open(self, policy: str) -> bool:
        if policy == "noeviction" or policy.startswith("volatile-"):
            return True
        if self._complained != policy:
            self._complained = policy
            _LOG.warning(
                "cache_plane_not_opened",
                why=f"maxmemory-policy is {policy!r}: set it to noeviction or one of volatile-*",
                instead="PostgreSQL is asked what was changed",
            )
        return False
