"""The kept responses of a process, as the settings say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cache.client import Client
from cache.control import ControlPlane
from cache.entries import Entries
from cache.tallies import Tallies
from core.chores import beside, goes_on
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
async def kept_responses(settings: Settings, database: Database, redis: Client) -> AsyncIterator[Responses | None]:
    """What is kept while the block runs; None where the cache is off."""
    control = ControlPlane(redis, settings.redis_timeout)
    # Also where nothing is kept: other processes may believe Redis, and must hear of what is written here.
    marks = Marks(database, control)
    database.announce_to(marks)
    try:
        if settings.cache:
            async with _kept(settings, database, redis, control) as responses:
                yield responses
        else:
            yield None
    finally:
        await marks.stop()
        await control.close()


@asynccontextmanager
async def _kept(
    settings: Settings, database: Database, redis: Client, control: ControlPlane
) -> AsyncIterator[Responses]:
    clock = Clock(database)
    watermark = Watermark(control, clock) if settings.cache_plane == "redis" else None
    entries = Entries(redis, settings.cache_lifetime)
    responses = Responses(Planes(clock, watermark), entries, settings.cache_size, settings.max_cached)
    chores = [_tell_forever(responses, Tallies(redis))]
    if watermark is not None:
        chores.append(Keeper(database, control, clock, watermark).keep())
    async with beside(*chores):
        yield responses


async def _tell_forever(responses: Responses, tallies: Tallies) -> None:
    """Tell Redis how often responses were found, until cancelled."""
    while goes_on():
        await asyncio.sleep(TELL_EVERY)
        counts = responses.counts.taken()
        if counts:
            await tallies.add(responses.planes.clock.site, **counts)
