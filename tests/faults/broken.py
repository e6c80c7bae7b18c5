"""Server processes with one safeguard switched off: `python -m tests.faults.broken "it never looks" serve`.

Each of them has to turn the harness red. What is patched is named here only; a name that is gone fails at the start.
"""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from graphql import OperationDefinitionNode

from cache.control import ControlPlane, Sync
from cli.main import main
from core.shared_call import SharedCall
from db import depends
from db import plane as plane_of_changes
from db.database import Database
from db.plane import Look
from db.plane_state import Pending
from db.snapshot import Snapshot
from gql.documents.document import Document
from gql.operations import Answer, Operations, is_query
from server.responses import clock as clocks
from server.responses import keeper, marks
from server.responses.clock import Clock
from server.responses.entry import Entry
from server.responses.marks import Marks
from server.responses.store import Responses
from server.responses.watermark import Watermark

_look = plane_of_changes.look


def _patch(owner: Any, name: str, value: object) -> None:
    assert hasattr(owner, name), f"{owner} has no {name} any more"
    setattr(owner, name, value)


def _looks_once_in(times: float) -> None:
    asked = 0

    async def patched(database: Database, before: Snapshot | None) -> Look:
        nonlocal asked
        asked += 1
        seen = await _look(database, before)
        return seen if before is None or asked % times == 0 else replace(seen, snapshot=before, touched={})

    _patch(clocks, "look", patched)


def _joins_calls_under_way() -> None:
    """What was sent before a request came says nothing of what was committed since; least where calls are slow."""
    sync, called, sent = ControlPlane.sync, SharedCall.__call__, SharedCall._sent_for
    under_way: list[list[asyncio.Future[None]]] = []

    async def slow_look(database: Database, before: Snapshot | None) -> Look:
        seen = await _look(database, before)
        await asyncio.sleep(0.02)
        return seen

    async def slow_sync(self: ControlPlane, epoch: str, known: int) -> Sync:
        found = await sync(self, epoch, known)
        await asyncio.sleep(0.02)
        return found

    def patched(self: SharedCall) -> "asyncio.Future[None]":
        if self._running is None:
            under_way.clear()
        elif under_way:
            waiter = asyncio.get_running_loop().create_future()
            under_way[0].append(waiter)
            return waiter
        return called(self)

    async def sent_for(self: SharedCall, waiting: "list[asyncio.Future[None]]") -> None:
        under_way[:] = [waiting]
        await sent(self, waiting)

    _patch(clocks, "look", slow_look)
    _patch(ControlPlane, "sync", slow_sync)
    _patch(SharedCall, "_sent_for", sent_for)
    _patch(SharedCall, "__call__", patched)


def _deaf_to_posts() -> None:
    assert "post" in depends._OF_ENTITY
    depends._OF_ENTITY["post"] = lambda *_: iter(())


def _deaf_to_lists() -> None:
    """Rows are heard of, and that lists gained or lost one is not."""
    assert "post_listing" in depends._OF_ENTITY
    depends._OF_ENTITY["post_listing"] = lambda *_: iter(())
    _patch(depends, "_listed", lambda *_: iter(()))


def _is_slow_to_answer() -> None:
    """What was read a while ago is answered and kept: others come meanwhile, and changes. As such it is no fault."""
    run = Operations.run

    async def patched(self: Operations, document: Document, operation: OperationDefinitionNode, *others: Any) -> Answer:
        answer = await run(self, document, operation, *others)
        await asyncio.sleep(0.05 if is_query(operation) else 0)
        return answer

    _patch(Operations, "run", patched)


def _kept_as_newer_than_it_is() -> None:
    """As of the moment when it was stored, not of the one before it was read."""
    _is_slow_to_answer()
    land = Responses.land

    def patched(self: Responses, keys: Any, flight: Any, *others: Any) -> Entry | None:
        flight.moment = self.planes.last.moment()
        return land(self, keys, flight, *others)

    _patch(Responses, "land", patched)


def _joins_any_flight() -> None:
    """Also executions that began before the last change."""
    _is_slow_to_answer()
    _patch(Clock, "is_unchanged", lambda *_: True)
    _patch(Watermark, "is_unchanged", lambda *_: True)


async def _yes(*_: object) -> bool:
    return True


async def _nothing(*_: object) -> None:
    pass


def _does_not_wait() -> None:
    """Now and then it cannot mark: it closes, and commits at once. It opens again soon, or this would hardly happen."""
    is_marked, asked = Marks._is_marked, 0

    async def patched(self: Marks, found: Pending) -> bool:
        nonlocal asked
        asked += 1
        return asked % 40 != 0 and await is_marked(self, found)

    _patch(Marks, "_is_marked", patched)
    _patch(marks, "WAIT", 0.0)
    _patch(keeper, "REOPEN_AFTER", 0.1)
    _patch(keeper, "LONGEST_PAUSE", 0.1)


def _does_not_heed_marks() -> None:
    sync = ControlPlane.sync

    async def patched(self: ControlPlane, epoch: str, known: int) -> Sync:
        return replace(await sync(self, epoch, known), pending={})

    _patch(ControlPlane, "sync", patched)


def _is_silent() -> None:
    _patch(Marks, "_is_marked", _yes)
    _patch(Marks, "end", _nothing)


BROKEN: dict[str, tuple[str, Callable[[], None]]] = {
    "it never looks": ("postgresql", lambda: _looks_once_in(float("inf"))),
    "it looks now and then": ("postgresql", lambda: _looks_once_in(5)),
    "it joins looks under way": ("postgresql", _joins_calls_under_way),
    "it is deaf to posts": ("postgresql", _deaf_to_posts),
    "it is deaf to lists": ("postgresql", _deaf_to_lists),
    "it keeps answers as newer than they are": ("postgresql", _kept_as_newer_than_it_is),
    "it believes any entry of another process": (
        "postgresql",
        lambda: _patch(Clock, "number_of", lambda self, snapshot: self.now if snapshot else 0),
    ),
    "it joins any flight": ("postgresql", _joins_any_flight),
    "it does not mark": ("redis", lambda: _patch(Marks, "_is_marked", _yes)),
    "it does not mark, and does not tell": ("redis", _is_silent),
    "it does not wait where it cannot mark": ("redis", _does_not_wait),
    "it joins syncs under way": ("redis", _joins_calls_under_way),
    "Redis is deaf to posts": ("redis", _deaf_to_posts),
    "it keeps answers as newer than Redis says": ("redis", _kept_as_newer_than_it_is),
    "it does not heed marks": ("redis", _does_not_heed_marks),
    "it believes entries of any count": ("redis", lambda: _patch(Watermark, "holds", lambda *_: True)),
    "it joins any flight, by Redis": ("redis", _joins_any_flight),
}
"""Under which plane it is switched off, and how."""
SOUND: dict[str, tuple[str, Callable[[], None]]] = {
    "it is slow": ("postgresql", _is_slow_to_answer),
    "it is slow, by Redis": ("redis", _is_slow_to_answer),
}
"""What the weaker ones have beside their faults, alone."""

if __name__ == "__main__":
    (BROKEN | SOUND)[sys.argv.pop(1)][1]()
    main()
