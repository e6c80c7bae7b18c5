import json
from typing import Any, Protocol

import pytest

from tests.browser.browsing import NEEDS_BROWSER, installed, output_of

pytestmark = NEEDS_BROWSER


class LiveServer(Protocol):
    @property
    def url(self) -> str: ...


@pytest.fixture(scope="module")
async def visit(live_server: LiveServer) -> dict[str, Any]:
    """What one visit to GraphiQL saw: the report of graphiql.mjs."""
    await installed()
    report: dict[str, Any] = json.loads(await output_of("node", "graphiql.mjs", f"{live_server.url}/graphql"))
    return report


async def test_the_query_of_the_first_visit_answers_with_posts(visit: dict[str, Any]) -> None:
    # The pane shows as much of the answer as its height allows, so the text is no whole JSON document.
    assert '"posts": {' in visit["response"]
    assert visit["response"].count('"title": "') > 1
    assert '"errors"' not in visit["response"]


async def test_a_header_typed_into_the_page_is_sent(visit: dict[str, Any]) -> None:
    assert visit["sentHeader"] == "yes"


async def test_the_explorer_lists_the_fields_of_the_schema(visit: dict[str, Any]) -> None:
    assert {"posts", "search", "users"} <= set(visit["explorerFields"].split())


async def test_an_unknown_field_is_underlined_by_a_worker_of_our_own(
    visit: dict[str, Any], live_server: LiveServer
) -> None:
    assert visit["complaint"] == 'Cannot query field "thereIsNoSuchField" on type "Query".'
    names = {url.removeprefix(f"{live_server.url}/graphql/ide/").split(".")[0] for url in visit["workers"]}
    assert names == {"editor", "graphql", "json"}


async def test_the_prettifier_breaks_the_lines(visit: dict[str, Any]) -> None:
    assert visit["prettified"].split("\n")[:3] == ["{", "  thereIsNoSuchField", "}"]


async def test_headers_are_not_kept_in_the_browser(visit: dict[str, Any]) -> None:
    assert "NewestPosts" in visit["stored"]
    assert "x-broadsheet-browser-test" not in visit["stored"]


async def test_the_page_asks_no_other_host_for_anything(visit: dict[str, Any]) -> None:
    assert visit["foreignRequests"] == []


async def test_all_that_the_page_asks_for_is_there(visit: dict[str, Any]) -> None:
    assert visit["failedRequests"] == []


async def test_the_content_security_policy_is_kept(visit: dict[str, Any]) -> None:
    assert visit["cspViolations"] == []


async def test_the_console_shows_no_error(visit: dict[str, Any]) -> None:
    assert visit["consoleErrors"] == []
