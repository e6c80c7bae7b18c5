"""Whatever tables a response was read from, it depends on something that a change of theirs touches."""

import asyncio
import re
from collections.abc import AsyncIterator
from random import Random

import pytest

from db.depends import kind_of
from tests.fixtures.accounts import bearer
from tests.fixtures.api import Api, Statements, serving
from tests.fixtures.servers import NewDatabase, settings_for
from tests.model.choices import MOST, Choices
from tests.model.make import made, session_of
from tests.model.pool import pool_of
from tests.model.queries import random_query
from tests.model.read import committed_schema
from tests.model.write import written

SCHEMA = committed_schema()
TABLE = re.compile(r"\b(?:FROM|JOIN) ([a-z_]+(?: AS byline)?)")
KINDS = {
    "posts": {"post*", "posts*", "readable*", "search*"},
    "post_listings": {"posts*", "byline*"},
    "post_listings AS byline": {"byline*", "post*", "readable*"},
    "users": {"user*", "users*", "coauthors*"},
    "tags": {"tag*", "tags*", "links*"},
    "comments": {"comment*", "comments*"},
    "revisions": {"revision*", "revisions*"},
    "post_tags": {"links*"},
    "post_coauthors": {"coauthors*"},
}
"""By table the kinds of tags of which a response must have one that was read from it; of no links, the links' own.

Who stands in a byline matters only as long as the post is not everybody's, and then the viewer was not looked at.
"""


@pytest.fixture
async def api(statements: Statements, new_database: NewDatabase, redis_url: str) -> AsyncIterator[Api]:
    del statements  # it must listen before the first connection
    url = await written(made(4), new_database)
    async with serving(settings_for(url, redis_url)) as api:
        yield api


async def test_every_table_that_is_read_is_covered(api: Api, statements: Statements) -> None:
    blog = made(4)
    pool, people = pool_of(blog), [None, *(session.user_id for session in blog.sessions)]
    seen = set[str]()
    for seed in range(300):
        random = Random(seed)
        left = iter(random.randbytes(MOST))
        query = random_query(Choices(lambda n, left=left: next(left, 0) % n), SCHEMA, pool)  # type: ignore[misc]
        user_id = random.choice(people)
        headers = {} if user_id is None else bearer(user_id, session_of(user_id).id)
        body = {"query": query.text, "variables": query.variables, "extensions": {"explain": True}}
        with statements.counted() as sent:
            answer = (await api.http.post("/graphql", json=body, headers=headers)).json()
            await asyncio.sleep(0)
        reads = [statement for statement in sent if not statement.startswith("SELECT users.role")]
        tables = {table for statement in reads for table in TABLE.findall(statement)} & KINDS.keys()
        if any("FROM sessions" in statement for statement in reads):
            continue  # never kept
        tags = answer["extensions"]["cache"]["tags"]
        kinds = {kind_of(tag) for tag in tags}
        # A link changes together with the lists that it makes.
        kinds |= {"links*"} if any(tag.startswith("posts?tag=") for tag in tags) else set()
        assert [table for table in tables if not KINDS[table] & kinds] == [], query
        seen |= tables
    assert seen == KINDS.keys()
