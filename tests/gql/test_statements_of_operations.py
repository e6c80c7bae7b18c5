"""docs/statements.md says what each operation costs; here it is measured, so that it cannot lag."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gql.relay.ids import encode_id
from tests.fixtures.api import Statements
from tests.fixtures.servers import NewDatabase
from tests.model.read import committed_schema
from tests.model.relations import relation_fields
from tests.model.served import Served, served, warm
from tests.model.shaped import shaped

DOC = Path(__file__).parents[2] / "docs" / "statements.md"
ROW = re.compile(r"^\| (?P<name>[^|]+) \| `(?P<query>[^|]+)` \| (?P<number>\d+) \|$", re.MULTILINE)
OPERATIONS = [(row["name"], row["query"], int(row["number"])) for row in ROW.finditer(DOC.read_text())]
SCHEMA = committed_schema()
VALUES: dict[str, object] = {
    "posts": [encode_id("Post", 1), encode_id("Post", 3), encode_id("User", 1)],
    "post": encode_id("Post", 1),
    "slug": "post-0003",
    "tag": "tag-0001",
    "username": "user-0001",
}


@pytest.fixture
async def few_and_many(
    statements: Statements, new_database: NewDatabase, redis_url: str
) -> AsyncIterator[tuple[Served, Served]]:
    del statements
    named = [("few posts", shaped(2, posts=2)), ("many posts", shaped(100, posts=2))]
    async with served(named, SCHEMA, new_database, redis_url) as (few, many):
        await warm(few.api)
        await warm(many.api)
        await asyncio.sleep(0)
        yield few, many


async def test_each_operation_costs_what_the_docs_say(
    few_and_many: tuple[Served, Served], statements: Statements
) -> None:
    assert len(OPERATIONS) >= 25
    found = []
    for name, query, _ in OPERATIONS:
        text = re.sub(r"\$(\w+)", lambda match: json.dumps(VALUES[match[1]]), query)
        numbers = set()
        for blog in few_and_many:
            with statements.counted() as sent:
                await blog.api.data(text)
                await asyncio.sleep(0)  # the driver logs at the next turn of the loop
            numbers.add(len(sent))
        assert max(numbers) <= relation_fields(SCHEMA, text, {}), name
        found.append((name, query, numbers.pop() if len(numbers) == 1 else numbers))
    assert found == OPERATIONS
