"""The kept responses of a process, as the settings say."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from cache.control import ControlPlane
from cache.entries import Entries
from cache.tallies import Tallies
from core.settings import Settings
from db.database import Database
from server.responses.clock import Clock
from server.responses.keeper import Keeper
from server.responses.marks import Marks
from server.responses.planes import Planes
from server.responses.store import Responses
from server.responses.watermark import Watermark

TELL_EVERY = 2.0
"""Seconds between two words to Redis of what was counted."""


@asynccontextmanager
async def kept_responses(settings: Settings, database: Database, redis: Redis) -> AsyncIterator[Responses | None]:
    """What is kept while the block runs; None where the cache is off."""
    if not settings.cache:
        yield None
        return
    clock = Clock(database)
    async with _planes(settings, database, redis, clock) as planes:
        entries = Entries(redis, settings.cache_lifetime)
        responses = Responses(planes, entries, settings.cache_size, settings.max_cached)
        telling = asyncio.create_task(_tell_forever(responses, Tallies(redis)))
        try:
            yield responses
        finally:
            await _ended(telling)


@asynccontextmanager
async def _planes(settings: Settings, database: Database, redis: Redis, clock: Clock) -> AsyncIterator[Planes]:
    if settings.cache_plane == "postgresql":
        yield Planes(clock)
        return
    control = ControlPlane(redis, settings.redis_timeout)
    watermark = Watermark(control, clock)
    marks = Marks(database, control)
    database.announce_to(marks)
    keeping = asyncio.create_task(Keeper(database, control, clock, watermark).keep())
    try:
        yield Planes(clock, watermark)
    finally:
        await _ended(keeping)
        await marks.stop()
        await control.close()


async def _tell_forever(responses: Responses, tallies: Tallies) -> None:
    """Tell Redis how often responses were found, until cancelled."""
    while True:
        await asyncio.sleep(TELL_EVERY)
        counts = responses.counts.taken()
        if counts:
            await tallies.add(responses.planes.clock.site, **counts)


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
