"""GraphiQL writes with a token, and shows what happens while one looks."""

import json
from typing import Any

import pytest

from gql.relay.ids import encode_id
from tests.browser.browsing import NEEDS_BROWSER, installed, output_of
from tests.fixtures.accounts import person
from tests.fixtures.live import started
from tests.fixtures.servers import TOKEN_KEY, NewDatabase, connected

pytestmark = NEEDS_BROWSER


@pytest.fixture(scope="module")
async def visit(new_database: NewDatabase, redis_url: str) -> dict[str, Any]:
    """What one visit saw: the report of live.mjs."""
    await installed()
    url = await new_database()
    with started(DATABASE_URL=url, REDIS_URL=redis_url, BROADSHEET_TOKEN_KEYS=TOKEN_KEY) as server:
        ann = await person(url, "annabel", "AUTHOR")
        async with connected(url) as connection:
            post = await connection.fetchval("SELECT min(id) FROM posts WHERE status = 'PUBLISHED'")
        words = (f"{server.url}/graphql", ann.access_token, encode_id("Post", post))
        report: dict[str, Any] = json.loads(await output_of("node", "live.mjs", *words))
        return report


async def test_a_mutation_is_that_of_whose_token_stands_in_the_headers(visit: dict[str, Any]) -> None:
    assert '"body": "By GraphiQL."' in visit["mutation"]
    assert '"username": "annabel"' in visit["mutation"]


async def test_a_subscription_shows_what_others_write(visit: dict[str, Any]) -> None:
    assert '"kind": "COMMENT_ADDED"' in visit["event"]
    assert '"body": "From elsewhere."' in visit["event"]


async def test_nothing_else_happens(visit: dict[str, Any]) -> None:
    assert visit["foreignRequests"] == visit["failedRequests"] == visit["consoleErrors"] == visit["cspViolations"] == []
