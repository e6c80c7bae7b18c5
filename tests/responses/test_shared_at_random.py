"""Whatever is asked, by whomever, in whatever order: each is answered as if nothing were kept for anybody."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random

import pytest
from redis.asyncio import Redis

from core.viewer import Asker, Proof, Viewer
from tests.fixtures.accounts import bearer
from tests.fixtures.api import Api, serving
from tests.fixtures.budget import seeds
from tests.fixtures.servers import NewDatabase, numbered, settings_for
from tests.model.blog import Blog
from tests.model.choices import MOST, Choices
from tests.model.crawl import texts_of
from tests.model.make import made, session_of
from tests.model.pool import pool_of
from tests.model.queries import Query, random_query
from tests.model.read import Reader, committed_schema
from tests.model.secrets import MARK, Seen, secretive
from tests.model.write import written

SCHEMA = committed_schema()
BLOGS = [("secrets", secretive()), *((f"seed {seed}", made(seed)) for seed in (2, 4, 7))]
TRIES = 60
PATIENT = {"database_pool_timeout": 30, "statement_timeout": 30, "request_timeout": 60}
"""Answers that came too late on a busy machine say nothing of whose they are."""


@dataclass
class Asked:
    """A blog, and a process that keeps what it answers."""

    blog: Blog
    api: Api
    statuses: Counter[tuple[bool, str]] = field(default_factory=Counter)
    """By whether somebody was signed in."""

    def __post_init__(self) -> None:
        users = {user.id: user for user in self.blog.users}
        people = [None, *(users[session.user_id] for session in self.blog.sessions)]
        self.pool = pool_of(self.blog)
        self.seen = {None if me is None else me.id: Seen(self.blog, me) for me in people}
        self.readers = {None if me is None else me.id: Reader(SCHEMA, self.blog, me) for me in people}

    async def wrong(self, random: Random) -> str | None:
        """Let everybody ask the same, in some order or all at once; what somebody was answered that is not his."""
        left = iter(random.randbytes(MOST))
        query = random_query(Choices(lambda n: next(left, 0) % n), SCHEMA, self.pool)
        asking = random.choices([*self.readers], k=2 * len(self.readers))
        at_once = asking if random.random() < 0.5 else asking[:1]
        answers = await asyncio.gather(*(self._answer(query, user_id) for user_id in at_once))
        answers += [await self._answer(query, user_id) for user_id in asking[len(at_once) :]]
        for user_id, (answer, status) in zip(asking, answers, strict=True):
            self.statuses[user_id is not None, status.partition("; ")[2].partition(";")[0]] += 1
            marks = {mark for text in texts_of(answer) for mark in MARK.findall(text)}
            if not marks <= self.seen[user_id].marks:
                return f"{user_id} reads {marks - self.seen[user_id].marks}, {status}: {query}"
            expected = self.readers[user_id].data(query.text, query.variables)
            if json.dumps(answer) != json.dumps({"data": expected}):
                return f"{status}, to {user_id}: {query}\n{answer}\n{expected}"
        return None

    async def _answer(self, query: Query, user_id: int | None) -> tuple[object, str]:
        headers = {} if user_id is None else bearer(user_id, session_of(user_id).id)
        body = {"query": query.text, "variables": query.variables}
        response = await self.api.http.post("/graphql", json=body, headers=headers)
        return response.json(), response.headers.get("cache-status", "")


@pytest.fixture(scope="module")
async def urls(new_database: NewDatabase) -> list[str]:
    return [await written(blog, new_database) for _, blog in BLOGS]


@pytest.fixture
async def asked(urls: list[str], redis_url: str) -> AsyncIterator[list[Asked]]:
    async with AsyncExitStack() as stack:
        found = list[Asked]()
        for url, (_, blog) in zip(urls, BLOGS, strict=True):
            own_redis_url = numbered(redis_url, 10 + len(found))
            async with Redis.from_url(own_redis_url) as redis:
                await redis.flushdb()
            settings = settings_for(url, own_redis_url, cache=True, database_pool_size=3, **PATIENT)
            found.append(Asked(blog, await stack.enter_async_context(serving(settings))))
        yield found


async def test_everybody_is_answered_as_if_he_were_alone(asked: list[Asked]) -> None:
    for seed in seeds(TRIES, 0.1):
        random = Random(seed)
        one = asked[0] if seed % 2 else random.choice(asked)
        assert await one.wrong(random) is None, f"seed {seed}"
    statuses = sum((one.statuses for one in asked), Counter[tuple[bool, str]]())
    assert statuses[True, "hit"] > statuses[True, "fwd=miss"], statuses


class Forgetful(Asker):
    """An Asker that notes nothing."""

    @property
    def viewer(self) -> Viewer:
        return self._viewer


class Credulous(Asker):
    """An Asker that takes everything for proven."""

    def unless_proven(self) -> Proof:
        return Proof(Asker(self._viewer), self._viewer)  # it is another Asker's


@pytest.mark.parametrize("kind", [Forgetful, Credulous])
async def test_were_a_look_at_the_viewer_not_noted_it_would_show(
    kind: type[Asker], asked: list[Asked], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gql.context.Asker", kind)
    for seed in range(TRIES):
        if await asked[0].wrong(Random(seed)) is not None:
            return
    pytest.fail("nobody was answered what is not his")
