"""The kept responses of a process, as the settings say."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from cache.control import ControlPlane
from cache.entries import Entries
from core.settings import Settings
from db.database import Database
from server.responses.clock import Clock
from server.responses.keeper import Keeper
from server.responses.marks import Marks
from server.responses.planes import Planes
from server.responses.store import Responses
from server.responses.watermark import Watermark


@asynccontextmanager
async def kept_responses(settings: Settings, database: Database, redis: Redis) -> AsyncIterator[Responses | None]:
    """What is kept while the block runs; None where the cache is off."""
    if not settings.cache:
        yield None
        return
    clock = Clock(database)
    entries = Entries(redis, settings.cache_lifetime)
    if settings.cache_plane == "postgresql":
        yield Responses(Planes(clock), entries, settings.cache_size, settings.max_cached)
        return
    control = ControlPlane(redis, settings.redis_timeout)
    watermark = Watermark(control, clock)
    marks = Marks(database, control)
    database.announce_to(marks)
    keeping = asyncio.create_task(Keeper(database, control, clock, watermark).keep())
    try:
        yield Responses(Planes(clock, watermark), entries, settings.cache_size, settings.max_cached)
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
        await marks.stop()
        await control.close()
