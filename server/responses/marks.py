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
from server.responses.watermark import LEASE

LOST_NUMBERS = "PostgreSQL crashed or was restored, and will give numbers of transactions again"

_LOG = structlog.get_logger("broadsheet.cache")

WAIT = LEASE * 1.1
"""Seconds after which no process believes Redis by a look from before; clocks differ a bit."""


class Marks:
    """Hears of each transaction before its commit (`db.database.Announcer`)."""

    def __init__(self, database: Database, control: ControlPlane) -> None:
        self._database = database
        self._control = control
        self._tasks: set[asyncio.Task[None]] = set()

    async def announce(self, session: WriteSession) -> "Mark | None":
        """Set marks for what the transaction touched.

        If that cannot be done, wait until nobody believes Redis any more: before the commit, for from then on
        anybody may have read what is new, and nobody shall be shown what is old after that.

        Raises:
            ClientError: nobody can be told of it.

        """
        found = await pending(session)
        if found is None:
            return None
        if found.plane.state != "closing":
            if await self._is_marked(found):
                return Mark(self, found)
            await close(self._database, found.plane.epoch)
            why = "what was written could not be marked in Redis"
            _LOG.warning("cache_plane_closed", epoch=found.plane.epoch, why=why)
        await asyncio.sleep(WAIT)
        return None

    async def end(self, found: Pending) -> None:
        """Tell that it was committed. If that fails, the next look at PostgreSQL tells (`keeper`)."""
        with contextlib.suppress(RedisUnavailableError):
            await self._control.end(found.plane.epoch, found.xid, found.tags)

    async def settle(self, found: Pending) -> None:
        """Find out what became of it, and tell."""
        with contextlib.suppress(RedisUnavailableError, ClientError):
            fate = await fate_of(self._database, found.xid)
            if fate is None:
                await close(self._database, found.plane.epoch)
                _LOG.warning("cache_plane_closed", epoch=found.plane.epoch, why=LOST_NUMBERS)
            elif fate == "aborted":
                await self._control.unmark(found.plane.epoch, found.xid, found.tags)
            elif fate != "in progress":
                await self.end(found)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it beside what is answered."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Wait for what was started."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _is_marked(self, found: Pending) -> bool:
        plane = found.plane
        try:
            return await self._control.mark(plane.epoch, plane.run_id, found.xid, found.tags)
        except RedisUnavailableError:
            return False


class Mark:
    """One transaction's (`db.database.Announcement`)."""

    def __init__(self, marks: Marks, found: Pending) -> None:
        self._marks = marks
        self._found = found

    def committed(self) -> None:
        """All who ask Redis know already; now tell that it is done."""
        self._marks.start(self._marks.end(self._found))

    def in_doubt(self) -> None:
        """Nobody knows what became of it: ask PostgreSQL."""
        self._marks.start(self._marks.settle(self._found))
