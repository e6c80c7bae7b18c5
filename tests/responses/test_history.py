"""Under a mixed load no read is older than what was acknowledged, or seen by anybody, before it began."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random

import pytest

from db import depends, plane
from db.database import Database
from db.plane import Look
from db.plane_state import PlaneState
from db.snapshot import Snapshot
from gql.relay.ids import encode_id
from server.responses import clock
from tests.fixtures.accounts import Client, Person, person
from tests.fixtures.api import Api, serving
from tests.fixtures.servers import NewDatabase, execute, settings_for
from tests.model.shaped import shaped
from tests.model.write import write
from tests.responses.planes import PLANES, opened

POSTS = 4
WRITES = 25


@dataclass
class History:
    """The newest version of each post that anybody was told of."""

    known: dict[str, int] = field(default_factory=lambda: {encode_id("Post", n): 1 for n in range(1, POSTS + 1)})
    reads: int = 0
    hits: int = 0
    stale: list[str] = field(default_factory=list)

    async def read(self, api: Api, query: str) -> None:
        """Ask, and hold the answer against what was known before."""
        known = dict(self.known)
        response = await api.http.post("/graphql", json={"query": query})
        self.reads += 1
        self.hits += response.headers["cache-status"].endswith("hit")
        for post in response.json()["data"]["posts"]["nodes"]:
            if post["version"] < known[post["id"]]:
                self.stale.append(f"{post} when {known} was known, {response.headers['cache-status']}")
            self.known[post["id"]] = max(self.known[post["id"]], post["version"])


@pytest.fixture(params=PLANES)
async def two(
    request: pytest.FixtureRequest, new_database: NewDatabase, redis_url: str
) -> AsyncIterator[tuple[str, list[Api]]]:
    url = await new_database()
    await write(shaped(1, posts=POSTS), url)
    await execute(url, "SELECT setval(pg_get_serial_sequence('users', 'id'), 1000)")
    await execute(url, "SELECT setval(pg_get_serial_sequence('revisions', 'id'), 1000)")
    # Writers of one row wait for each other, on a busy machine longer than they may.
    settings = settings_for(url, redis_url, cache=True, cache_plane=request.param, lock_timeout=8, statement_timeout=9)
    async with serving(settings) as one, serving(settings) as other:
        await opened(one, other)
        yield url, [one, other]


async def _write(api: Api, eve: Person, history: History, random: Random) -> None:
    for number in range(WRITES):
        post = random.choice(list(history.known))
        given = {"id": post, "body": f"{random.random()} {number}"}
        payload = await Client(api.http, eve).mutate("updatePost", given, "post { version }")
        history.known[post] = max(history.known[post], payload["post"]["version"])
        await asyncio.sleep(random.random() / 200)


async def _run(url: str, apis: list[Api]) -> History:
    eve, history = await person(url, "eve", "EDITOR"), History()
    queries = [f"{{ posts(first: {n}) {{ nodes {{ id version }} }} }}" for n in (1, 2, POSTS)]
    writers = [asyncio.create_task(_write(api, eve, history, Random(n))) for n, api in enumerate([*apis, *apis])]

    async def readers(random: Random) -> None:
        while not all(writer.done() for writer in writers):
            await history.read(random.choice(apis), random.choice(queries))

    await asyncio.gather(*writers, *(readers(Random(n)) for n in range(12)))
    return history


async def test_no_read_is_older_than_what_was_known(two: tuple[str, list[Api]]) -> None:
    history = await _run(*two)
    assert history.stale == []
    assert history.reads > 200
    assert history.hits > 0


async def test_a_cache_that_hears_of_no_change_is_caught(
    two: tuple[str, list[Api]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(depends._OF_ENTITY, "post", lambda *_: ())
    assert (await _run(*two)).stale


async def test_a_cache_that_looks_only_now_and_then_is_caught(
    two: tuple[str, list[Api]], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, history = 0, ""

    async def look(database: Database, before: Snapshot | None) -> Look:
        nonlocal looks, history
        looks += 1
        if before is None or looks % 5 == 0:
            found = await real(database, before)
            history = found.history
            return found
        return Look(before, {}, PlaneState("closed", "", ""), history)

    real = plane.look
    monkeypatch.setattr(clock, "look", look)
    assert (await _run(*two)).stale
