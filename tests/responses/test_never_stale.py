"""Whatever is written, by whomever: what is served from the cache is what would be read now."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random

import asyncpg
import pytest

from db import depends
from server.responses import planes
from tests.fixtures.accounts import bearer
from tests.fixtures.api import Api, serving
from tests.fixtures.budget import seeds
from tests.fixtures.servers import NewDatabase, connected, settings_for
from tests.model.choices import MOST, Choices
from tests.model.make import made, session_of
from tests.model.pool import pool_of
from tests.model.queries import Query, random_query
from tests.model.read import committed_schema
from tests.model.write import written
from tests.responses.changes import CHANGES, change
from tests.responses.planes import PLANES, opened

SCHEMA = committed_schema()
BLOGS = 4


@dataclass
class Cached:
    """A blog, two processes that keep responses, and one that keeps none; all over the same servers."""

    seed: int
    keeping: list[Api]
    fresh: Api
    connection: asyncpg.Connection
    statuses: Counter[str] = field(default_factory=Counter)
    read_anew: Counter[bool] = field(default_factory=Counter)
    """Answers that were let go of, by whether they had changed."""

    def __post_init__(self) -> None:
        blog = made(self.seed)
        self.pool = pool_of(blog)
        self.people = [None, *(session.user_id for session in blog.sessions)]

    async def stale(self, random: Random, changes: int = 5) -> str | None:
        """Between writes ask the same questions of all; what one of them had kept, and should not have served."""
        asked = [(self._query(random), random.choice(self.people)) for _ in range(5)]
        before: dict[int, str] = {}
        for _ in range(changes):
            statement = await change(self.connection, random.choice(CHANGES), random.randrange(1_000))
            for number, (query, user_id) in enumerate(asked):
                expected, _ = await self._answer(self.fresh, query, user_id)
                for api in (*self.keeping, self.keeping[0]):
                    kept, status = await self._answer(api, query, user_id)
                    self.statuses[status.partition("; ")[2].partition(";")[0]] += 1
                    if number in before and "fwd=miss" in status:
                        self.read_anew[expected != before[number]] += 1
                    if kept != expected:
                        return f"{status} after {statement}, to {user_id}: {query}\n{kept}\n{expected}"
                before[number] = expected
        return None

    def _query(self, random: Random) -> Query:
        left = iter(random.randbytes(MOST))
        return random_query(Choices(lambda n: next(left, 0) % n), SCHEMA, self.pool)

    async def _answer(self, api: Api, query: Query, user_id: int | None) -> tuple[str, str]:
        headers = {} if user_id is None else bearer(user_id, session_of(user_id).id)
        body = {"query": query.text, "variables": query.variables}
        response = await api.http.post("/graphql", json=body, headers=headers)
        return json.dumps(response.json()), response.headers.get("cache-status", "")


@pytest.fixture(scope="module", params=PLANES)
async def blogs(
    request: pytest.FixtureRequest, new_database: NewDatabase, redis_url: str
) -> AsyncIterator[list[Cached]]:
    async with AsyncExitStack() as stack:
        found = []
        for seed in range(2, 2 + BLOGS):
            url = await written(made(seed), new_database)
            connection = await stack.enter_async_context(connected(url))
            kept = settings_for(url, redis_url, cache=True, cache_plane=request.param, database_pool_size=3)
            settings = (kept, kept, settings_for(url, redis_url, database_pool_size=3))
            one, other, fresh = [await stack.enter_async_context(serving(each)) for each in settings]
            await opened(one, other)
            found.append(Cached(seed, [one, other], fresh, connection))
        yield found


@pytest.fixture(autouse=True)
def _looks_are_never_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what is written behind the API Redis hears late: here every request looks at PostgreSQL, then at Redis."""
    monkeypatch.setattr(planes, "LEASE", -1.0)


def _nothing(*_: object) -> tuple[str, ...]:
    return ()


TEXTS = "title, summary, body"
NEEDED = {
    "post": ("{ posts(first: 100) { nodes { body } } }", "UPDATE posts SET body = body || '.'"),
    "post_listing": (
        "{ users(first: 100) { nodes { postCount } } }",
        "UPDATE posts SET status = CASE status WHEN 'DRAFT' THEN 'PUBLISHED' ELSE 'DRAFT' END, published_at = now()",
    ),
    "user": ("{ users(first: 100) { nodes { name } } }", "UPDATE users SET name = name || '.'"),
    "tag": ("{ tags(first: 100) { nodes { description } } }", "UPDATE tags SET description = 'now ' || now()"),
    "comment": (
        "{ users(first: 100) { nodes { posts { nodes { comments { nodes { editedAt } } } } } } }",
        "UPDATE comments SET edited_at = now()",
    ),
    "revision": (
        "{ posts(first: 100) { nodes { revisions { totalCount } } } }",
        f"INSERT INTO revisions (id, post_id, version, {TEXTS}) SELECT 90000 + id, id, 99999, '', '', '' FROM posts",
    ),
    "post_tag": (
        "{ posts(first: 100) { nodes { tags { id } } } }",
        "UPDATE post_tags SET position = -position - tag_id",
    ),
    "post_coauthor": (
        "{ posts(first: 100) { nodes { coAuthors { id } } } }",
        "UPDATE post_coauthors SET position = -position - user_id",
    ),
}
"""Of each entity a question that its changes alone make another, and such a change."""


@pytest.mark.parametrize("entity", [name for name in depends._OF_ENTITY if name != "session"])
@pytest.mark.parametrize("heard", [True, False])
async def test_were_the_changes_of_an_entity_not_heard_of_it_would_show(
    heard: bool, entity: str, blogs: list[Cached], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not heard:
        monkeypatch.setitem(depends._OF_ENTITY, entity, _nothing)
    # Under Redis a busy process may ask PostgreSQL for a while, and keep nothing that it would believe afterwards.
    rounds = 1 if heard else 5
    found = [await _stale_after(*NEEDED[entity], blogs) for _ in range(rounds)]
    assert any(found) != heard


async def _stale_after(query: str, statement: str, blogs: list[Cached]) -> bool:
    """Whether anybody is served what was before the statement."""
    stale = 0
    for blog in blogs:
        asked = Query(query, {})
        editor = next((s.user_id for s in made(blog.seed).sessions), None)
        await blog.connection.execute("UPDATE users SET role = 'EDITOR' WHERE id = $1", editor)
        await blog.connection.execute("DELETE FROM revisions WHERE version = 99999")
        for api in (*blog.keeping, blog.fresh):
            await blog._answer(api, asked, editor)
        await blog.connection.execute(statement)
        answers = [await blog._answer(api, asked, editor) for api in (*blog.keeping, blog.fresh)]
        stale += len({answer for answer, _ in answers}) > 1
    return stale > 0


async def test_what_is_kept_is_what_would_be_read_now(blogs: list[Cached]) -> None:
    for seed in seeds(25, 0.1):
        random = Random(seed)
        assert await random.choice(blogs).stale(random) is None, f"seed {seed}"
    statuses = sum((blog.statuses for blog in blogs), Counter[str]())
    read_anew = sum((blog.read_anew for blog in blogs), Counter[bool]())
    print(f"\n{statuses}; of what was read anew {read_anew[True]} had changed, {read_anew[False]} had not")  # noqa: T201
    assert statuses["hit"] > statuses["fwd=miss"], statuses
