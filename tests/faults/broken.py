"""Server processes with one safeguard switched off: `python -m tests.faults.broken "it never looks" serve`.

Each of them has to turn the harness red. What is patched is named here only; a name that is gone fails at the start.
"""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace

from cli.main import main
from db import depends
from db.database import Database
from db.plane import Look, Snapshot
from server.responses import clock as clocks
from server.responses.clock import Clock
from server.responses.entry import Entry
from server.responses.store import Flight, Responses


def _never_looks() -> None:
    look = Clock.look

    async def patched(self: Clock) -> int:
        return self.now or await look(self)

    Clock.look = patched  # type: ignore[method-assign]


def _looks_now_and_then() -> None:
    look, asked = Clock.look, 0

    async def patched(self: Clock) -> int:
        nonlocal asked
        asked += 1
        return self.now if self.now and asked % 5 else await look(self)

    Clock.look = patched  # type: ignore[method-assign]


def _joins_looks_under_way() -> None:
    """What was sent before a request came says nothing of what was committed since; least where looks are slow."""
    look, look_at = Clock.look, clocks.look  # type: ignore[attr-defined]

    async def slow(database: Database, before: Snapshot | None) -> Look:
        seen = await look_at(database, before)
        await asyncio.sleep(0.02)
        return seen

    clocks.look = slow  # type: ignore[attr-defined]

    async def patched(self: Clock) -> int:
        if self._running is None or self._running.done():
            return await look(self)
        await self._running
        return self.now

    Clock.look = patched  # type: ignore[method-assign]


def _deaf_to_posts() -> None:
    assert "post" in depends._OF_ENTITY
    depends._OF_ENTITY["post"] = lambda *_: iter(())


def _deaf_to_lists() -> None:
    """Rows are heard of, and that lists gained or lost one is not."""
    assert "post_listing" in depends._OF_ENTITY
    depends._OF_ENTITY["post_listing"] = lambda *_: iter(())
    assert callable(depends._listed)
    depends._listed = lambda *_: iter(())


def _kept_as_newer_than_it_is() -> None:
    """As of the moment when it was stored, not of the one before it was read."""
    land = Responses.land

    def patched(self: Responses, key: str, flight: Flight, body: bytes | None, tags: set[str]) -> Entry | None:
        later = replace(flight, since=self.clock.now, snapshot=self.clock.snapshot)
        self._flights[key] = later
        return land(self, key, later, body, tags)

    Responses.land = patched  # type: ignore[method-assign]


def _believes_redis() -> None:
    """As if what Redis has were as new as the last look."""
    assert callable(Clock.number_of)
    Clock.number_of = lambda self, snapshot: self.now if snapshot else 0  # type: ignore[method-assign]


def _joins_any_flight() -> None:
    """Also executions that began before the last change."""
    assert "last_change" in vars(Clock(None))  # type: ignore[arg-type]
    Clock.last_change = property(lambda _: 0, lambda _, __: None)  # type: ignore[assignment]


BROKEN: dict[str, Callable[[], None]] = {
    "it never looks": _never_looks,
    "it looks now and then": _looks_now_and_then,
    "it joins looks under way": _joins_looks_under_way,
    "it is deaf to posts": _deaf_to_posts,
    "it is deaf to lists": _deaf_to_lists,
    "it keeps answers as newer than they are": _kept_as_newer_than_it_is,
    "it believes Redis": _believes_redis,
    "it joins any flight": _joins_any_flight,
}

if __name__ == "__main__":
    BROKEN[sys.argv.pop(1)]()
    main()
