"""What is proven of kept responses holds where they are read from replicas, however far these are behind."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from random import Random
from typing import Any

import pytest

from core.settings import Settings
from db.replica import Replica
from db.replicas import Counts
from server.responses import planes
from tests.fixtures.accounts import Client, person
from tests.fixtures.api import Api, serving
from tests.fixtures.budget import PROVE, luck, seeds
from tests.fixtures.servers import NewDatabase, connected, execute, settings_for
from tests.model.make import made
from tests.model.write import written
from tests.responses import test_history as histories
from tests.responses.planes import PLANES, opened
from tests.responses.test_never_stale import Cached
from tests.scaling.conftest import name_of
from tests.scaling.standby import Standby

STEPS = 3000 if PROVE else 60
POSTS = ("UG9zdDox", "UG9zdDoy")
BLOG = 3


@asynccontextmanager
async def lagging(standby: Standby, random: Random) -> AsyncIterator[None]:
    """Stop and start the replay all the while."""

    async def lag() -> None:
        while True:
            await asyncio.sleep(random.random() / 5)
            await standby.pause()
            await asyncio.sleep(random.random() / 10)
            await standby.resume()

    task = asyncio.create_task(lag())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await standby.resume()


def counted(*apis: Api) -> Counter[str]:
    found = Counter[str]()
    for api in apis:
        assert api.database is not None
        assert api.database.replicas is not None
        counts = api.database.replicas.counts
        found.update({name: getattr(counts, name) for name in Counts.__slots__})
    return found


@pytest.mark.parametrize("cache", [False, True])
async def test_a_blog_that_is_written_and_read_by_anybody_is_what_a_dictionary_says(
    replicated: Callable[..., Settings], standby: Standby, blog_url: str, cache: bool
) -> None:
    """Steps by luck: writes by the API and by SQL, reads through two processes, replay that stops and goes on."""
    random, model = luck(f"replicas, cache {cache}"), dict.fromkeys(POSTS, "")
    eve, number, paused = await person(blog_url, "eve", "EDITOR"), 0, False
    settings = replicated(cache=cache, replica_wait=0.05)

    async def read(api: Api, post: str) -> str:
        found: str = (await api.data(f'{{ post(by: {{id: "{post}"}}) {{ title }} }}'))["post"]["title"]
        return found

    async with serving(settings) as one, serving(settings) as other:
        apis = (one, other)
        model = {post: await read(one, post) for post in POSTS}
        try:
            # Luck alone may never read while the replica stands still behind a write.
            await standby.pause()
            await execute(blog_url, "UPDATE posts SET title = 'by SQL 0' WHERE id = 1")
            model[POSTS[0]] = "by SQL 0"
            assert await read(one, POSTS[0]) == "by SQL 0"
            await standby.resume()
            for _ in range(STEPS):
                post, step = random.choice(POSTS), random.random()
                if step < 0.15:
                    number += 1
                    given = {"id": post, "title": f"by the API {number}"}
                    await Client(random.choice(apis).http, eve).mutate("updatePost", given, "post { id }")
                    model[post] = given["title"]
                elif step < 0.25:
                    number += 1
                    model[post] = f"by SQL {number}"
                    ident = POSTS.index(post) + 1
                    await execute(blog_url, f"UPDATE posts SET title = '{model[post]}' WHERE id = {ident}")
                elif step < 0.35:
                    await (standby.resume() if paused else standby.pause())
                    paused = not paused
                else:
                    asked = [random.choice(apis) for _ in range(random.choice((1, 1, 5)))]
                    assert {*await asyncio.gather(*(read(api, post) for api in asked))} == {model[post]}
        finally:
            await standby.resume()
        found = counted(one, other)
        print(f"\ncache {cache}: {dict(found)}")  # noqa: T201
        assert found["replica"] > 0
        assert found["behind"] > 0


@pytest.fixture(params=PLANES)
async def two(request: pytest.FixtureRequest, replicated: Callable[..., Settings]) -> AsyncIterator[list[Api]]:
    others = {"lock_timeout": 8, "statement_timeout": 9, "replica_wait": 0.05}
    settings = replicated(cache=True, cache_plane=request.param, **others)
    async with serving(settings) as one, serving(settings) as other:
        await opened(one, other)
        yield [one, other]


async def _history(url: str, apis: list[Api], standby: Standby) -> histories.History:
    """Of reads and writes while the replica lags, of as many rounds as there is time for."""
    async with lagging(standby, luck("lag")):
        return await histories._run(url, apis)


async def test_no_read_is_older_than_what_was_known(two: list[Api], blog_url: str, standby: Standby) -> None:
    history = await _history(blog_url, two, standby)
    found = counted(*two)
    print(f"\n{history.reads} reads, {history.hits} hits, {dict(found)}")  # noqa: T201
    assert history.stale == []
    assert history.reads > 200
    assert found["replica"] > 10


BROKEN = {
    "it does not ask how far the replica is": (Replica, "has", lambda self, *_: self.replayed > 0),
}


@pytest.mark.parametrize("variant", BROKEN)
@pytest.mark.parametrize("two", ["postgresql"], indirect=True)
async def test_it_is_caught_if(
    variant: str, two: list[Api], blog_url: str, standby: Standby, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*BROKEN[variant])
    assert (await _history(blog_url, two, standby)).stale


@pytest.fixture(params=PLANES if PROVE else ["postgresql"])
async def blog(
    request: pytest.FixtureRequest, new_database: NewDatabase, redis_url: str, standby: Standby
) -> AsyncIterator[Cached]:
    async with AsyncExitStack() as stack:
        url = await written(made(BLOG), new_database)
        await execute(url, f"ALTER DATABASE {name_of(url)} SET synchronous_commit = on")
        connection = await stack.enter_async_context(connected(url))
        given: dict[str, Any] = {"database_pool_size": 3}
        kept = {"cache": True, "cache_plane": request.param, "replica_urls": standby.url(name_of(url))}
        settings = [settings_for(url, redis_url, **given, **more) for more in (kept, kept, {})]
        one, other, fresh = [await stack.enter_async_context(serving(each)) for each in settings]
        await opened(one, other)
        yield Cached(BLOG, [one, other], fresh, connection)


async def test_what_is_kept_is_what_would_be_read_now(
    blog: Cached, standby: Standby, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planes, "LEASE", -1.0)
    async with lagging(standby, luck("lag")):
        for seed in seeds(3, 0.05):
            assert await blog.stale(Random(seed)) is None, f"seed {seed}"
    found = counted(*blog.keeping)
    print(f"\n{blog.statuses}, {dict(found)}")  # noqa: T201
    assert blog.statuses["hit"] > 0
    assert found["replica"] > found["behind"] / 10
