"""The front end in examples/reader, built, served beside a live Broadsheet, and used in a browser."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from db.seed.load import seed_database
from db.seed.plan import SeedPlan
from tests.browser.browsing import NEEDS_BROWSER, installed, output_of
from tests.fixtures.live import started
from tests.fixtures.servers import NewDatabase, numbered

READER = Path(__file__).parent.parent.parent / "examples" / "reader"
ADDRESS = re.compile(r"http://[\d.]+:\d+/")
COLOURS = re.compile(r"\x1b\[[\d;]*m")

pytestmark = NEEDS_BROWSER


@asynccontextmanager
async def served(api: str) -> AsyncIterator[str]:
    """The built pages on a free port, with /graphql handed on to `api`; answers their address."""
    process = await asyncio.create_subprocess_exec(
        *("node", "node_modules/vite/bin/vite.js", "preview", "--host", "127.0.0.1", "--port", "0"),
        cwd=READER,
        env=os.environ | {"BROADSHEET_URL": api},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    printed = ""
    try:
        async with asyncio.timeout(60):
            while not (found := ADDRESS.search(COLOURS.sub("", printed))):
                line = await process.stdout.readline()
                assert line, f"vite preview ended: {printed}"
                printed += line.decode()
        yield found[0]
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


@pytest.fixture(scope="module")
async def visit(new_database: NewDatabase, redis_url: str) -> dict[str, Any]:
    """What one visit saw: the report of reader.mjs. READER_SCREENSHOTS names a folder for pictures of it."""
    await installed()
    await installed(READER)
    await output_of("npm", "run", "build", folder=READER, failure="The reader cannot be built")
    database_url = await new_database()
    with started(DATABASE_URL=database_url, REDIS_URL=numbered(redis_url, 15)) as broadsheet:
        await seed_database(database_url, SeedPlan(posts=40), append=True)
        async with served(broadsheet.url) as url:
            pictures = os.environ.get("READER_SCREENSHOTS")
            report = await output_of("node", "reader.mjs", url, *([pictures] if pictures else []))
    found: dict[str, Any] = json.loads(report)
    return found


async def test_the_front_page_goes_on_as_one_scrolls(visit: dict[str, Any]) -> None:
    assert visit["atFirst"] == 10
    assert visit["scrolled"] > 10


async def test_going_back_finds_the_place_that_one_left(visit: dict[str, Any]) -> None:
    back = visit["whereBack"]
    assert back["posts"] >= visit["scrolled"]
    assert abs(back["found"] - back["left"]) < 50


async def test_an_article_has_its_text_and_begins_at_its_top(visit: dict[str, Any]) -> None:
    assert visit["article"]["title"] == "Writing in Markdown"
    assert visit["article"]["byline"].startswith("Chiyo Marsh · ")
    assert len(visit["article"]["body"]) > 100
    assert visit["article"]["top"] == 0


async def test_an_article_is_one_request(visit: dict[str, Any]) -> None:
    assert visit["requests"] == 1


async def test_names_lead_to_authors_and_tags(visit: dict[str, Any]) -> None:
    assert visit["author"] == {"heading": "Chiyo Marsh", "posts": 4}
    assert visit["tag"] == {"heading": "Markdown", "posts": 1}


async def test_search_answers_as_one_types(visit: dict[str, Any]) -> None:
    first, whole = visit["search"]
    assert (first["typed"], first["path"]) == ("Writing", "/search")
    assert whole["typed"] == "Writing in Markdown"
    assert whole["titles"] == ["Writing in Markdown"]
    assert set(first["titles"]) > set(whole["titles"])


async def test_what_is_wrong_with_a_field_stands_beside_it(visit: dict[str, Any]) -> None:
    assert "12" in visit["complaint"]


async def test_an_access_token_that_has_expired_is_refreshed(visit: dict[str, Any]) -> None:
    assert visit["refreshed"]


async def test_a_comment_is_seen_live_in_a_second_window(visit: dict[str, Any]) -> None:
    assert visit["posted"] == "<p>The second window sees <em>this</em>.</p>"
    assert visit["seen"] == visit["posted"]


async def test_a_reply_that_came_while_the_connection_was_lost_stands_below_its_comment_once(
    visit: dict[str, Any],
) -> None:
    assert (visit["reply"], visit["times"]) == ("And its answer.", 1)
    assert visit["connections"] == 2


async def test_both_windows_count_the_comments_alike(visit: dict[str, Any]) -> None:
    assert visit["counts"] == ["2 comments", "2 comments"]


async def test_a_page_that_does_not_exist_says_so(visit: dict[str, Any]) -> None:
    assert visit["missing"] == "There is no such page"


async def test_nothing_fails_and_the_console_is_silent(visit: dict[str, Any]) -> None:
    assert visit["failedRequests"] == []
    assert visit["consoleErrors"] == []
