"""Telling Redis what a transaction is about to touch, before it is committed, and that it did, afterwards."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

import structlog

from cache.control import ControlPlane
from cache.line import RedisUnavailableError
from core.errors import ClientError
from db.database import Database, WriteSession
from db.plane_state import Pending, close, fate_of, pending
from server.responses.watermark import LEASE, Watermark

_LOG = structlog.get_logger("broadsheet.cache")

WAIT = LEASE * 1.1
"""Seconds after a commit when no process believes Redis by a look from before it; clocks differ a bit."""


class Marks:
    """Hears of each transaction before its commit (`db.database.Announcer`)."""

    def __init__(self, database: Database, control: ControlPlane, watermark: Watermark) -> None:
        self._database = database
        self._control = control
        self._watermark = watermark
        self._tasks: set[asyncio.Task[None]] = set()

    async def announce(self, session: WriteSession) -> "Mark | None":
        """Set marks for what the transaction touched."""
        found = await pending(session)
        if found is None or found.plane.state == "closed":
            return None
        marked = found.plane.state != "closing" and await self._marked(found)
        return Mark(self, found, marked=marked)

    async def end(self, found: Pending) -> None:
        """Tell that it was committed. If that fails, the next look at PostgreSQL tells (`keeper`)."""
        with contextlib.suppress(RedisUnavailableError):
            if await self._control.end(found.plane.epoch, found.xid, found.tags):
                self._watermark.was_ended(found.xid)

    async def settle(self, found: Pending) -> None:
        """Find out what became of it, and tell."""
        with contextlib.suppress(RedisUnavailableError, ClientError):
            fate = await fate_of(self._database, found.xid)
            if fate == "aborted":
                await self._control.unmark(found.plane.epoch, found.xid, found.tags)
            elif fate != "in progress":
                await self.end(found)

    async def distrust(self, epoch: str) -> None:
        """Let nobody believe this epoch any more."""
        with contextlib.suppress(ClientError):
            await close(self._database, epoch)
        _LOG.warning("cache_plane_closed", epoch=epoch, why="what was written could not be marked in Redis")

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it beside what is answered."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Wait for what was started."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _marked(self, found: Pending) -> bool:
        plane = found.plane
        try:
            return await self._control.mark(plane.epoch, plane.run_id, found.xid, found.tags)
        except RedisUnavailableError:
            return False


class Mark:
    """One transaction's (`db.database.Announcement`)."""

    def __init__(self, marks: Marks, found: Pending, *, marked: bool) -> None:
        self._marks = marks
        self._found = found
        self._is_marked = marked

    async def committed(self) -> None:
        """Marked: all who ask Redis know. Else wait until nobody believes it without having looked at PostgreSQL."""
        if self._is_marked:
            self._marks.start(self._marks.end(self._found))
            return
        if self._found.plane.state != "closing":
            self._marks.start(self._marks.distrust(self._found.plane.epoch))
        await asyncio.sleep(WAIT)

    def in_doubt(self) -> None:
        """Nobody knows what became of it: ask PostgreSQL."""
        self._marks.start(self._marks.settle(self._found))
