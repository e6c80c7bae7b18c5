"""What brings events to the hub: one process makes them and puts them into Redis, each reads them there.

What Redis does not have comes from the log in PostgreSQL, under the same places. All of it runs only as long as
somebody listens.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from cache.event_stream import EventStream, StreamLostError
from core.chores import beside, goes_on
from core.errors import ClientError
from core.settings import Settings
from db.database import Database
from db.event_log import EventMaker, read_events
from db.events import Event, decoded
from server.events.hub import Hub

_LOG = structlog.get_logger("broadsheet.events")

LOOK_EVERY = 0.02
"""Seconds between two looks for what was changed, by the one process that makes events of it."""
LEAD_EVERY = 0.25
"""Seconds between two tries of the others to take its place."""
LINGER = 5.0
"""Seconds that it goes on when nobody listens any more."""
AGAIN_AFTER = 0.25
WITHOUT_REDIS = 0.05
PAGE = 500
REPEATED = 1_000
"""Events that who begins to lead puts into Redis, where they are not there."""


class Feed:
    """Of one process."""

    def __init__(self, settings: Settings, database: Database, url: str, hub: Hub) -> None:
        self._settings = settings
        self._database = database
        self._url = url
        self._hub = hub

    async def run(self) -> None:
        """Follow the log whenever somebody listens, until cancelled."""
        while goes_on():
            await self._hub.is_wanted.wait()
            try:
                await self._hub.follow()
                await self._follow()
            except ClientError as error:
                _LOG.warning("events_not_followed", reason=error.message)
                await asyncio.sleep(AGAIN_AFTER)
            except Exception:  # noqa: BLE001 - the next time may go better
                _LOG.exception("events_not_followed")
                await asyncio.sleep(AGAIN_AFTER)

    async def _follow(self) -> None:
        stream = EventStream(self._settings, self._hub.history)
        try:
            async with beside(self._lead_forever(stream), self._read_forever(stream)):
                while len(self._hub) or await self._is_wanted_soon():
                    await asyncio.sleep(1.0)
                    self._hub.cut_off_blocked()
                    if not await self._hub.is_the_same_log():
                        return
                # Nothing awaits between this and the last look: who comes now finds nobody who follows, and waits.
                self._hub.rest()
        finally:
            await stream.close()

    async def _is_wanted_soon(self) -> bool:
        await asyncio.sleep(LINGER)
        return bool(len(self._hub))

    async def _lead_forever(self, stream: EventStream) -> None:
        while goes_on():
            maker = EventMaker(self._url)
            try:
                while not await maker.try_to_lead():  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(LEAD_EVERY)
                await self._lead(maker, stream)
            except ClientError as error:
                _LOG.warning("events_not_made", reason=error.message)
            except Exception:  # noqa: BLE001 - the next time may go better
                _LOG.exception("events_not_made")
            finally:
                await maker.end()
            await asyncio.sleep(AGAIN_AFTER)

    async def _lead(self, maker: EventMaker, stream: EventStream) -> None:
        is_behind, look_at = True, asyncio.get_running_loop().time
        again_at = 0.0
        while goes_on():
            events = await maker.make()
            if is_behind and look_at() >= again_at:
                is_behind = not await self._caught_up(maker, stream)
                again_at = look_at() + AGAIN_AFTER
            elif events and not is_behind:
                is_behind = not await _appended(stream, events)
            if not events:
                await asyncio.sleep(LOOK_EVERY)

    async def _caught_up(self, maker: EventMaker, stream: EventStream) -> bool:
        """Put into Redis what is missing there; what is there, and is another log's, goes first."""
        events = await maker.latest(REPEATED)
        try:
            last = await stream.last()
            if last is not None and not _is_one_of(last, events, maker.position):
                await stream.clear()
        except StreamLostError:
            return False
        return await _appended(stream, events)

    async def _read_forever(self, stream: EventStream) -> None:
        while goes_on():
            try:
                await self._hub.take(await self._next(stream))
            except ClientError as error:
                _LOG.warning("events_not_read", reason=error.message)
                await asyncio.sleep(AGAIN_AFTER)
            except Exception:  # noqa: BLE001 - the next time may go better
                _LOG.exception("events_not_read")
                await asyncio.sleep(AGAIN_AFTER)

    async def _next(self, stream: EventStream) -> list[Event]:
        """The events that follow, without a hole; none where none came for a while."""
        after = self._hub.position
        assert after is not None
        entries: list[tuple[int, bytes]] = []
        try:
            entries = await stream.read(after)
        except StreamLostError:
            await asyncio.sleep(WITHOUT_REDIS)
        found: list[Event] = []
        for place, text in entries:
            if place != after + 1 + len(found):
                break
            with suppress(ValueError, TypeError, LookupError):
                found.append(decoded(text))
        # Nothing in Redis, or something that does not follow: the log has what is missing, if anything is.
        return found or await read_events(self._database.read(), after, 2**62, PAGE)


def _is_one_of(last: tuple[int, bytes], events: list[Event], position: int) -> bool:
    place, text = last
    if place > position:
        return False
    known = {event.position: event for event in events}
    return place not in known or known[place].encoded() == text


async def _appended(stream: EventStream, events: list[Event]) -> bool:
    try:
        if events:
            await stream.append([(event.position, event.encoded()) for event in events])
    except StreamLostError as error:
        _LOG.warning("events_not_in_redis", reason=str(error))
        return False
    return True


@asynccontextmanager
async def fed_hub(settings: Settings, database: Database, url: str) -> AsyncIterator[Hub]:
    """A hub that events come to while the block runs."""
    hub = Hub(database, settings.max_queued_events)
    async with beside(Feed(settings, database, url, hub).run()):
        yield hub


async def make_events(url: str) -> None:
    """Make events of what was changed, unless another process does; raises UnavailableError."""
    maker = EventMaker(url)
    try:
        if await maker.try_to_lead():
            await maker.make()
    finally:
        await maker.end()
