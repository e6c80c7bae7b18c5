"""Responses that were answered before: found, held against what was changed since, and kept."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from cache.entries import Entries
from gql.caching.terms import Terms
from server.responses.clock import with_kinds
from server.responses.entry import Entry, Moment
from server.responses.keys import Keys
from server.responses.planes import Plane, Planes

MOST_PASSED_BY = 10_000


@dataclass(slots=True)
class Counts:
    """How it went so far."""

    hits: int = 0
    misses: int = 0
    joined: int = 0
    """Requests that waited for another's answer."""
    stale: int = 0
    """Requests for which a response was there, and no longer true, or too old."""
    _told: tuple[int, int, int] = 0, 0, 0

    def taken(self) -> dict[str, int]:
        """What was counted since this was called last."""
        now = self.hits, self.misses, self.joined
        found = zip(("hits", "misses", "joined"), now, self._told, strict=True)
        self._told = now
        return {name: number - before for name, number, before in found if number > before}


@dataclass(slots=True)
class Flight:
    """An execution that others may wait for, if nothing at all was changed since the look before it.

    `owner` is the key of whoever runs it, `place` the one under which others find it.
    """

    moment: Moment
    owner: str
    place: str
    began: float
    done: asyncio.Future[Entry | None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


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
        self._personal: OrderedDict[str, None] = OrderedDict()
        self._flights: dict[str, Flight] = {}
        self._writing: set[asyncio.Task[None]] = set()

    @property
    def size(self) -> int:
        """About how many bytes those take that the process keeps."""
        return self._size

    @property
    def entries(self) -> Entries:
        """Those that Redis has."""
        return self._entries

    @property
    def number(self) -> int:
        """How many they are."""
        return len(self._kept)

    def is_passed_by(self, keys: Keys) -> bool:
        """Whether what these stand for was never kept, and is not worth a look."""
        return keys.own in self._passed_by

    async def find(self, keys: Keys) -> Entry | Flight:
        """The response, if it is as true as ever; else a flight, whose `land` or `end` the caller owes to others.

        Raises:
            ClientError: the database cannot say what was changed.

        """
        plane, kept = await self._looked(keys)
        if kept is not None:
            self.counts.hits += 1
            return kept
        joined = await self._joined(keys, plane)
        if joined is not None:
            self.counts.joined += 1
            return joined
        self.counts.misses += 1
        # Others who are signed in wait for the first of them, unless it is known to be no answer for them.
        place = keys.own if keys.public in self._personal else keys.public
        flight = self._flights[place] = Flight(plane.moment(), keys.own, place, time.time())
        return flight

    async def peek(self, keys: Keys) -> Entry | None:
        """The response that `find` would find now.

        Raises:
            ClientError: the database cannot say what was changed.

        """
        _, kept = await self._looked(keys)
        return kept

    def land(self, keys: Keys, flight: Flight, body: bytes | None, tags: set[str], terms: Terms) -> Entry | None:
        """What came of a flight: a body that may be kept, or None; `tags` are what it depends on."""
        entry = None
        if body is not None and tags and len(body) <= self._largest and self.planes.clock.remembers(flight.moment):
            key = keys.public if terms.shared else keys.own
            moment, at = flight.moment, flight.began
            entry = Entry.made(key, body, with_kinds(tags), moment, at, terms)
            self._keep(key, entry)
            task = asyncio.create_task(self._entries.put(f"{moment.history}/{key}", entry.packed(), terms.max_age))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
            if terms.shared:
                self._personal.pop(keys.public, None)
            elif keys.own != keys.public:
                _remember(self._personal, keys.public)
        self.end(flight, entry)
        return entry

    def end(self, flight: Flight, entry: Entry | None = None) -> None:
        """Tell those who wait; without an entry, each runs for himself."""
        if not flight.done.done():
            flight.done.set_result(entry)
        if self._flights.get(flight.place) is flight:
            del self._flights[flight.place]

    def pass_by(self, keys: Keys) -> None:
        """Never look for this again: what it stands for cannot be kept."""
        _remember(self._passed_by, keys.own)

    async def _looked(self, keys: Keys) -> tuple[Plane, Entry | None]:
        """Somebody who was asked after this was called, and what he says still holds of what is kept."""
        planes = self.planes
        if not planes.clock.has_looked:
            await planes.look()
        if self._held(keys, planes.last) is None:
            asked = planes.clock.history
            plane, packed = await asyncio.gather(planes.look(), self._packed(keys, asked))
            if asked == planes.clock.history:
                for key, found in zip(keys.all, packed, strict=True):
                    self._adopt(key, found, plane)
        else:
            plane = await planes.look()
        held = self._held(keys, plane)
        if held is None:
            self.counts.stale += any(key in self._kept for key in keys.all)
            return plane, None
        self._kept.move_to_end(held)
        return plane, self._kept[held]

    async def _packed(self, keys: Keys, history: str) -> list[bytes | None]:
        """What Redis has, which other databases may share, and this one before it was restored."""
        return await asyncio.gather(*(self._entries.get(f"{history}/{key}") for key in keys.all))

    def _held(self, keys: Keys, plane: Plane) -> str | None:
        """Under which of these keys something stands that may be served, as far as is known."""
        now = time.time()
        for key in keys.all:
            entry = self._kept.get(key)
            if entry is None or not keys.open(key, entry):
                continue
            if entry.is_fresh(now) and plane.holds(entry):
                return key
        return None

    async def _joined(self, keys: Keys, plane: Plane) -> Entry | None:
        """What somebody else is being answered at the moment, if that is an answer for this one, too."""
        flight = self._flights.get(keys.own) or self._flights.get(keys.public)
        if flight is None or not plane.is_unchanged(flight.moment):
            return None
        if flight.owner != keys.own and keys.public in self._personal:
            return None
        entry = await asyncio.shield(flight.done)
        return entry if entry is not None and (entry.shared or flight.owner == keys.own) else None

    def _adopt(self, key: str, packed: bytes | None, plane: Plane) -> None:
        """Keep an entry of another process, if it holds."""
        entry = None if packed is None else Entry.unpacked(packed, key)
        if entry is None:
            return
        self.planes.clock.adopt(entry)
        if plane.holds(entry):
            self._keep(key, entry)

    def _keep(self, key: str, entry: Entry) -> None:
        before = self._kept.pop(key, None)
        self._size += entry.size - (before.size if before else 0)
        self._kept[key] = entry
        while self._size > self._most_bytes and self._kept:
            _, gone = self._kept.popitem(last=False)
            self._size -= gone.size


def _remember(keys: OrderedDict[str, None], key: str) -> None:
    keys[key] = None
    if len(keys) > MOST_PASSED_BY:
        keys.popitem(last=False)
