"""Operations over sockets and streams are heard of, too."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest

from core.settings import Settings
from server import app as application
from tests.fixtures.accounts import person_by
from tests.fixtures.servers import connected, settings_for
from tests.observability.hearing import Heard
from tests.subscriptions.listening import PUBLISHED, SSE, add_post, opened, served

FEED = "query Feed { posts(first: 2) { nodes { title } } }"


@pytest.fixture(autouse=True)
def _settles_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """No limiter talks to Redis by itself while its application closes: redis-py may then leave a connection open."""
    monkeypatch.setattr("cache.rate_limit.SETTLE_EVERY", 3_600.0)


@asynccontextmanager
async def _served(settings: Settings, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    create = application.create_app

    def created(*given: Any) -> Any:
        app = create(*given)
        app.observers.add(heard)
        return app

    monkeypatch.setattr("tests.subscriptions.listening.create_app", created)
    async with served(settings) as url:
        yield url


async def test_a_query_over_a_socket_is_heard_of(url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Heard()
    async with _served(settings_for(url, redis_url), heard, monkeypatch) as at, opened(at) as client:
        await client.say(type="subscribe", id="1", payload={"query": FEED})
        assert (await client.hear())["type"] == "next"
        assert (await client.hear())["type"] == "complete"
        await client.say(type="subscribe", id="2", payload={"query": "{ nothing }"})
        assert (await client.hear())["type"] == "error"
    assert [(one.transport, one.kind, one.name, one.outcome, one.statements) for one in heard.all] == [
        ("websocket", "query", "Feed", "ok", 1),
        ("websocket", "unknown", None, "refused", 0),
    ]
    assert heard.last.codes == ("GRAPHQL_VALIDATION_FAILED",)
    assert heard.running == 0


async def test_a_subscription_is_heard_of_when_it_begins_and_then_for_each_event(
    url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard()
    async with (
        _served(settings_for(url, redis_url), heard, monkeypatch) as at,
        connected(url) as writer,
        opened(at) as client,
        opened(at) as other,
    ):
        author = await person_by(writer, "author", "AUTHOR")
        for one in (client, other):
            await one.subscribe(PUBLISHED.replace("subscription", "subscription News"))
        await _publish(writer, author.id)
        for one in (client, other):
            await one.next()
    assert [(one.kind, one.name, one.outcome) for one in heard.all] == [
        ("subscription", "News", "ok"),
        ("subscription", "News", "ok"),
        ("event", "News", "ok"),  # executed once, for both
    ]
    assert heard.last.statements == 1
    assert heard.running == 0


async def test_a_query_over_a_stream_is_heard_of(url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Heard()
    async with _served(settings_for(url, redis_url), heard, monkeypatch) as at, httpx.AsyncClient(base_url=at) as http:
        response = await http.post(
            "/graphql", content=json.dumps({"query": FEED}), headers={"accept": SSE, "content-type": "application/json"}
        )
        assert b'"title"' in response.content
        assert response.headers["server-timing"].startswith("total;dur=")
    [found] = heard.all
    assert (found.transport, found.kind, found.name, found.outcome) == ("stream", "query", "Feed", "ok")
    assert found.statements == 1


async def _publish(writer: asyncpg.Connection, author: int) -> None:
    await add_post(writer, "news", author)
