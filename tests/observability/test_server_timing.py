"""What every answer tells of its time."""

import re
from typing import Any

import httpx
import pytest

from tests.fixtures.api import serving
from tests.fixtures.servers import settings_for
from tests.observability.collector import collecting

FEED = "query Feed { posts(first: 2) { nodes { title author { name } } } }"
TOTAL = r"total;dur=\d+\.\d"


async def _told(settings: Any, *requests: tuple[str, str, Any]) -> list[str]:
    async with serving(settings) as api:
        answers: list[httpx.Response] = []
        for method, path, body in requests:
            answers.append(await api.http.request(method, path, json=body))
        return [answer.headers["server-timing"] for answer in answers]


async def test_every_answer_tells_how_long_it_took(url: str, redis_url: str) -> None:
    asked = [
        ("POST", "/graphql", {"query": FEED}),
        ("POST", "/graphql", {"query": "{"}),
        ("POST", "/graphql", []),
        ("PUT", "/graphql", {}),
        ("GET", "/livez", None),
        ("GET", "/nowhere", None),
    ]
    for told in await _told(settings_for(url, redis_url, server_timing=False), *asked):
        assert re.fullmatch(TOTAL, told)


async def test_in_development_it_tells_what_the_time_went_to(url: str, redis_url: str) -> None:
    feed = ("POST", "/graphql", {"query": FEED})
    first, again = await _told(settings_for(url, redis_url, cache=True), feed, feed)
    figures = r"dur=\d+\.\d"
    parts = (TOTAL, "cache;desc=miss", *(rf'{part};{figures};desc="\d"' for part in ("sql", "redis", "load")))
    assert re.fullmatch(", ".join(parts), first)
    assert re.fullmatch(rf"{TOTAL}, cache;desc=hit(, .*)?", again)
    assert "load" not in again


@pytest.mark.parametrize(("given", "has_parts"), [(None, False), (True, True)])
async def test_in_production_the_parts_are_told_where_the_settings_say_so(
    given: bool | None, has_parts: bool, url: str, redis_url: str
) -> None:
    settings = settings_for(url, redis_url, environment="production", server_timing=given)
    [told] = await _told(settings, ("POST", "/graphql", {"query": FEED}))
    assert ("sql;" in told) is has_parts


async def test_a_page_that_traces_itself_finds_the_trace(url: str, redis_url: str) -> None:
    with collecting() as collector:
        settings = settings_for(url, redis_url, otlp_endpoint=collector.url)
        [told] = await _told(settings, ("POST", "/graphql", {"query": FEED}))
    found = re.search(r'traceparent;desc="00-([0-9a-f]{32})-([0-9a-f]{16})-01"', told)
    assert found is not None
    assert [one.hex() for one in (collector.spans[0].trace_id, collector.spans[0].span_id)] == list(found.groups())
