"""One writes, one reads for the cache, step by step in every order; others ask all the while, through two processes."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import permutations
from time import monotonic
from typing import Any

import pytest

from db.connections import Connections
from db.database import Database, WriteSession
from gql.operations import Answer, Operations
from server.responses.marks import Mark, Marks
from server.responses.planes import Planes
from tests.fixtures.accounts import Client, Person, person
from tests.fixtures.api import Api, serving
from tests.fixtures.servers import NewDatabase, execute, settings_for
from tests.model.shaped import shaped
from tests.model.write import write
from tests.responses.planes import PLANES, opened

QUERY = '{ post(by: {id: "UG9zdDox"}) { version author { name } } }'
ACTOR: ContextVar[str] = ContextVar("actor", default="")
STEPS = {"postgresql": "RRRRWWW", "redis": "RRRRWWWWT"}
"""R, a reader: looks; two statements; stores and answers. W, a writer: writes; marks; commits; answers. T: tells."""
FEW = 1 if os.environ.get("HYPOTHESIS_PROFILE") == "prove" else 5
"""One order in so many is tried."""
PATIENCE = 0.03
"""Seconds after which an actor who does not come to his next point is taken to wait for another one."""


@dataclass
class Stage:
    """Lets its actors go on one at a time."""

    waiting: dict[str, asyncio.Future[None]] = field(default_factory=dict)

    async def point(self, actor: str) -> None:
        """Where an actor waits for his next turn."""
        if actor:
            self.waiting[actor] = asyncio.get_running_loop().create_future()
            await self.waiting[actor]

    def begin(self, actor: str, work: Callable[[], Awaitable[Any]]) -> "asyncio.Task[Any]":
        """Let somebody wait for his first turn."""

        async def played() -> Any:
            ACTOR.set(actor)
            await self.point(actor)
            return await work()

        return asyncio.create_task(played())

    async def turn(self, actor: str, task: "asyncio.Task[Any] | None") -> None:
        """Let an actor go on to his next point, or to his end, or until he waits for another."""
        if await self._comes(actor, task):
            self.waiting.pop(actor).set_result(None)
            await self._comes(actor, task)

    async def _comes(self, actor: str, task: "asyncio.Task[Any] | None") -> bool:
        """Whether an actor comes to a point."""
        ends = monotonic() + PATIENCE
        while actor not in self.waiting and not (task and task.done()) and monotonic() < ends:  # noqa: ASYNC110
            await asyncio.sleep(0)
        return actor in self.waiting

    async def finish(self, tasks: list["asyncio.Task[Any]"]) -> None:
        """Let all go on to their ends."""
        while not all(task.done() for task in tasks) or self.waiting:
            for actor in list(self.waiting):
                self.waiting.pop(actor).set_result(None)
            await asyncio.sleep(0)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    """With a point at every step."""
    stage = Stage()
    fetch, run, attempted = Connections.fetch, Operations.run, Database._attempted
    announce, end = Marks.announce, Marks.end

    async def fetched(self: Connections, sql: str, arguments: list[Any], **named: Any) -> list[Any]:
        if ACTOR.get() == "R" and "pg_current_snapshot" not in sql:  # looks are everybody's
            await stage.point("R")
        return await fetch(self, sql, arguments, **named)

    async def ran(self: Operations, *given: Any) -> Answer:
        answer = await run(self, *given)
        if ACTOR.get() == "R":
            await stage.point("R")
        return answer

    async def attempt(self: Database, work: Callable[[WriteSession], Awaitable[Any]]) -> Any:
        async def worked(session: WriteSession) -> Any:
            result = await work(session)
            await stage.point(ACTOR.get())
            return result

        result = await attempted(self, worked)
        await stage.point(ACTOR.get())
        return result

    async def announced(self: Marks, session: WriteSession) -> Mark | None:
        mark = await announce(self, session)
        await stage.point(ACTOR.get())
        return mark

    async def ended(self: Marks, found: Any) -> None:
        await stage.point("T")
        await end(self, found)

    monkeypatch.setattr(Connections, "fetch", fetched)
    monkeypatch.setattr(Operations, "run", ran)
    monkeypatch.setattr(Database, "_attempted", attempt)
    monkeypatch.setattr(Marks, "announce", announced)
    monkeypatch.setattr(Marks, "end", ended)
    return stage


class Play:
    """Two processes, who writes, and the newest version that anybody was told of."""

    def __init__(self, apis: list[Api], eve: Person, stage: Stage) -> None:
        self._apis, self._eve, self._stage = apis, eve, stage
        self._known = 1
        self.stale: list[str] = []
        self.hits = 0

    async def one_order(self, order: str) -> None:
        """Go through the steps in this order, with a question after each."""
        for process in (0, 1):
            await self._read(process, "before")
        tasks = {"R": self._stage.begin("R", lambda: self._read(0, f"the reader of {order}"))}
        tasks["W"] = self._stage.begin("W", self._write)
        others = []
        for number, actor in enumerate(order):
            await self._stage.turn(actor, tasks.get(actor))
            others.append(asyncio.create_task(self._read(number % 2, f"after {order[: number + 1]} of {order}")))
            await asyncio.sleep(0.002)
        await self._stage.finish([*tasks.values(), *others])
        await asyncio.gather(*tasks.values(), *others)
        for process in (0, 1):
            await self._read(process, f"after all of {order}")

    async def _write(self) -> None:
        given = {"id": "UG9zdDox", "body": f"{self._known}"}
        payload = await Client(self._apis[1].http, self._eve).mutate("updatePost", given, "post { version }")
        self._known = max(self._known, payload["post"]["version"])

    async def _read(self, process: int, when: str) -> None:
        known = self._known
        response = await self._apis[process].http.post("/graphql", json={"query": QUERY})
        version, status = response.json()["data"]["post"]["version"], response.headers["cache-status"]
        self.hits += status.endswith("hit")
        if version < known:
            self.stale.append(f"{when}: {version} where {known} was known, {status}")
        self._known = max(self._known, version)


@pytest.fixture(params=PLANES)
async def play(
    request: pytest.FixtureRequest, new_database: NewDatabase, redis_url: str, stage: Stage
) -> AsyncIterator[tuple[str, Play]]:
    url = await new_database()
    await write(shaped(1), url)
    for table in ("users", "revisions"):
        await execute(url, f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000)")
    settings = settings_for(url, redis_url, cache=True, cache_plane=request.param)
    async with serving(settings) as one, serving(settings) as other:
        await opened(one, other)
        yield request.param, Play([one, other], await person(url, "eve", "EDITOR"), stage)


def _orders(steps: str) -> list[str]:
    """All orders of the steps; who tells can do so only when it is committed."""
    before_told = STEPS["redis"].count("W") - 1
    found = sorted({"".join(order) for order in permutations(steps)})
    return [order for order in found if "T" not in order or order.partition("T")[0].count("W") >= before_told]


async def test_in_no_order_of_steps_is_anything_stale_served(play: tuple[str, Play]) -> None:
    plane, players = play
    orders = _orders(STEPS[plane])[::FEW]
    for order in orders:
        await players.one_order(order)
    assert players.stale == []
    assert players.hits > 2 * len(orders)


@pytest.mark.parametrize("play", ["redis"], indirect=True)
async def test_without_marks_some_order_shows_it(play: tuple[str, Play], monkeypatch: pytest.MonkeyPatch) -> None:
    async def marked(*_: object) -> bool:
        return True

    monkeypatch.setattr(Marks, "_is_marked", marked)
    for order in _orders(STEPS["redis"])[::FEW]:
        await play[1].one_order(order)
    assert play[1].stale


@pytest.mark.parametrize("play", ["postgresql"], indirect=True)
async def test_without_looks_some_order_shows_it(play: tuple[str, Play], monkeypatch: pytest.MonkeyPatch) -> None:
    look = Planes.look

    async def once(self: Planes) -> Any:
        return self.last if self.clock.has_looked else await look(self)

    monkeypatch.setattr(Planes, "look", once)
    for order in _orders(STEPS["postgresql"])[::FEW]:
        await play[1].one_order(order)
    assert play[1].stale
