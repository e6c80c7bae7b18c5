"""Responses that were answered before: found, held against what was changed since, and kept."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from cache.entries import Entries
from server.responses.clock import with_kinds
from server.responses.entry import Entry, Moment
from server.responses.planes import Planes

MOST_PASSED_BY = 10_000


@dataclass(slots=True)
class Counts:
    """How it went so far."""

    hits: int = 0
    misses: int = 0
    joined: int = 0
    """Misses that waited for another's answer."""


@dataclass(slots=True)
class Flight:
    """An execution that others may wait for, if nothing at all was changed since it began."""

    moment: Moment
    done: asyncio.Future[Entry | None]


class Responses:
    """The responses of one process, above those that Redis has for all."""

    def __init__(self, planes: Planes, entries: Entries, most_bytes: int, largest: int) -> None:
        self.planes = planes
        self.counts = Counts()
        self._entries = entries
        self._most_bytes = most_bytes
        self._largest = largest
        self._kept: OrderedDict[str, Entry] = OrderedDict()
        self._size = 0
        self._passed_by: OrderedDict[str, None] = OrderedDict()
        self._flights: dict[str, Flight] = {}
        self._writing: set[asyncio.Task[None]] = set()

    def is_passed_by(self, key: str) -> bool:
        """Whether what this key stands for was never kept, and is not worth a look."""
        return key in self._passed_by

    async def find(self, key: str) -> Entry | Flight:
        """The response, if it is as true as ever; else a flight, whose `land` or `fail` the caller owes to others.

        Raises:
            ClientError: the database cannot say what was changed.

        """
        kept = self._kept.get(key)
        if kept is None:
            if not self.planes.clock.has_looked:
                await self.planes.look()
            plane, packed = await asyncio.gather(self.planes.look(), self._stored(key))
            kept = self._kept.get(key) or self._adopted(key, packed)
        else:
            plane = await self.planes.look()
        if kept is not None and plane.holds(kept):
            if key in self._kept:
                self._kept.move_to_end(key)
            else:
                self._keep(key, kept)
            self.counts.hits += 1
            return kept
        flight = self._flights.get(key)
        if flight is not None and plane.is_unchanged(flight.moment):
            found = await asyncio.shield(flight.done)
            if found is not None:
                self.counts.joined += 1
                return found
        self.counts.misses += 1
        flight = Flight(plane.moment(), asyncio.get_running_loop().create_future())
        self._flights[key] = flight
        return flight

    def land(self, key: str, flight: Flight, body: bytes | None, tags: set[str]) -> Entry | None:
        """What came of a flight: a body that may be kept, or None; `tags` are what it depends on."""
        entry = None
        if body is not None and tags and len(body) <= self._largest:
            entry = Entry.made(key, body, with_kinds(tags), flight.moment)
            self._keep(key, entry)
            task = asyncio.create_task(self._entries.put(f"{self.planes.clock.site}/{key}", entry.packed()))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
        self.end(key, flight, entry)
        return entry

    def end(self, key: str, flight: Flight, entry: Entry | None = None) -> None:
        """Tell those who wait; without an entry, each runs for himself."""
        if not flight.done.done():
            flight.done.set_result(entry)
        if self._flights.get(key) is flight:
            del self._flights[key]

    def pass_by(self, key: str) -> None:
        """Never look for this key again: what it stands for cannot be kept."""
        self._passed_by[key] = None
        if len(self._passed_by) > MOST_PASSED_BY:
            self._passed_by.popitem(last=False)

    async def _stored(self, key: str) -> bytes | None:
        return await self._entries.get(f"{self.planes.clock.site}/{key}")

    def _adopted(self, key: str, packed: bytes | None) -> Entry | None:
        """An entry of another process, by this one's clock."""
        entry = None if packed is None else Entry.unpacked(packed, key)
        if entry is not None:
            self.planes.adopt(entry)
        return entry

    def _keep(self, key: str, entry: Entry) -> None:
        before = self._kept.pop(key, None)
        self._size += entry.size - (before.size if before else 0)
        self._kept[key] = entry
        while self._size > self._most_bytes and self._kept:
            _, gone = self._kept.popitem(last=False)
            self._size -= gone.size
