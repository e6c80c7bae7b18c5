"""Clients that leave, servers that are busy, and work that takes too long."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import pytest
from starlette.types import Message, Scope

from core.settings import Settings
from db.connections import Connections
from db.database import Database
from server.app import Application, create_app
from tests.fixtures.accounts import person
from tests.fixtures.servers import connected
from tests.wire.asking import JSON, PATH, RESPONSE, code_of, media_type, post, the_error

READ = "{ tags { nodes { name } } }"
MUTATION = 'mutation { createTag(input: {name: "Written"}) { tag { name } } }'
SLEEPING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%' "
ACTIVE = SLEEPING + "AND state = 'active'"


@dataclass
class Visit:
    """One request, driven by hand: its client leaves when the test says so."""

    app: Application
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"
    search: str = ""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    sent: list[Message] = field(default_factory=list)
    _read: bool = False

    async def served(self) -> None:
        """Let the application serve it."""
        headers = {"content-type": JSON, "host": "broadsheet.test", **self.headers}
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "path": PATH,
            "raw_path": PATH.encode(),
            "root_path": "",
            "query_string": self.search.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("192.0.2.1", 1),
            "server": ("broadsheet.test", 80),
        }
        await self.app(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        if not self._read:
            self._read = True
            return {"type": "http.request", "body": self.body, "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.sent.append(message)


def asked(query: str) -> bytes:
    return json.dumps({"query": query}).encode()


@asynccontextmanager
async def running(settings: Settings, **others: object) -> AsyncIterator[tuple[Application, httpx.AsyncClient]]:
    """An application, and a client of it."""
    app = create_app(settings.model_copy(update=others))
    async with app.fastapi.router.lifespan_context(app.fastapi):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        yield app, httpx.AsyncClient(transport=transport, base_url="http://broadsheet.test")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every read takes a minute in PostgreSQL."""
    fetch = Connections.fetch

    async def sleep(self: Connections, _sql: str, _arguments: list[Any], **_: Any) -> Any:
        return await fetch(self, "SELECT pg_sleep(60)", [])

    monkeypatch.setattr(Connections, "fetch", sleep)


@pytest.fixture
def _watched_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.wire.presence.AFTER", 0.0)


@pytest.fixture
async def onlooker(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Sees what PostgreSQL is doing."""
    async with connected(database_url) as connection:
        yield connection


async def until(onlooker: asyncpg.Connection, number: int) -> None:
    """Wait until so many reads sleep in PostgreSQL."""
    async with asyncio.timeout(60):
        while await onlooker.fetchval(ACTIVE) != number:  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("slow", "_watched_at_once")
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_client_that_leaves_ends_its_query_and_the_statement(
    settings: Settings, onlooker: asyncpg.Connection, method: str
) -> None:
    async with running(settings, statement_timeout=100, request_timeout=100) as (app, http):
        visit = Visit(app, asked(READ) if method == "POST" else b"", method=method, search=f"query={READ}")
        serving = asyncio.create_task(visit.served())
        await until(onlooker, 1)
        visit.left.set()
        async with asyncio.timeout(60):
            await serving
        assert visit.sent == []
        await until(onlooker, 0)
        assert app.gate.requests.in_flight == 0
        assert (await post(http, {"query": "{ __typename }"})).json() == {"data": {"__typename": "Query"}}


async def test_a_client_that_leaves_before_its_body_came_is_not_answered(settings: Settings) -> None:
    async with running(settings) as (app, _):
        for parts in ([], [{"type": "http.request", "body": b'{"query":', "more_body": True}]):
            visit = Visit(app, b"")
            messages = iter([*parts, {"type": "http.disconnect"}])

            async def receive(messages: Any = messages) -> Message:
                message: Message = next(messages)
                return message

            visit._receive = receive  # type: ignore[method-assign]
            await visit.served()
            assert visit.sent == []
            assert app.gate.requests.in_flight == 0


@pytest.mark.usefixtures("_watched_at_once")
async def test_a_client_that_stays_gets_its_answer_though_it_is_watched(settings: Settings) -> None:
    async with running(settings) as (app, _):
        for _ in range(20):
            visit = Visit(app, asked(READ))
            await visit.served()
            assert visit.sent[0]["status"] == 200
            assert json.loads(visit.sent[1]["body"]) == {"data": {"tags": {"nodes": []}}}


@pytest.mark.usefixtures("_watched_at_once")
async def test_a_mutation_goes_on_to_its_end_whoever_leaves(
    settings: Settings, onlooker: asyncpg.Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    transact = Database.transact

    async def held(self: Database, work: Any) -> Any:
        begun.set()
        await go_on.wait()
        return await transact(self, work)

    monkeypatch.setattr(Database, "transact", held)
    editor = await person(database_url, "ada", "ADMIN")
    async with running(settings) as (app, _):
        visit = Visit(app, asked(MUTATION), headers=editor.headers)
        serving = asyncio.create_task(visit.served())
        async with asyncio.timeout(60):
            await begun.wait()
        visit.left.set()
        for _ in range(50):  # rounds in which somebody might have ended it
            await asyncio.sleep(0.001)
        assert not serving.done()
        go_on.set()
        async with asyncio.timeout(60):
            await serving
    assert await onlooker.fetchval("SELECT name FROM tags") == "Written"


@pytest.mark.usefixtures("slow")
async def test_beyond_so_many_requests_others_wait_and_are_served_after(
    settings: Settings, onlooker: asyncpg.Connection
) -> None:
    async with running(settings, max_requests=2, statement_timeout=100, request_timeout=100) as (app, http):
        visits = [Visit(app, asked(READ)) for _ in range(2)]
        serving = [asyncio.create_task(visit.served()) for visit in visits]
        await until(onlooker, 2)
        for response in (await post(http, {"query": "{ __typename }"}), await http.put(PATH)):
            assert response.status_code == 503
            assert int(response.headers["retry-after"]) >= 1
            assert media_type(response) == JSON
            assert code_of(response) == "SERVICE_UNAVAILABLE"
            assert response.headers["x-request-id"]
        assert (await http.get("/livez")).status_code == 200
        visits[0].left.set()
        async with asyncio.timeout(60):
            await serving[0]
        assert (await post(http, {"query": "{ __typename }"})).json() == {"data": {"__typename": "Query"}}
        visits[1].left.set()
        async with asyncio.timeout(60):
            await serving[1]


async def test_refused_and_failed_requests_leave_room_for_others(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(settings, max_requests=1) as (app, http):
        for body in ({"query": "{"}, {"query": 1}, {}, {"query": "{ nothing }"}):
            assert (await post(http, body)).status_code in (200, 400)
        with monkeypatch.context() as patch:
            patch.setattr("server.wire.endpoint.negotiate", lambda _: 1 // 0)
            assert (await post(http, {"query": "{ __typename }"})).status_code == 500
        assert app.gate.requests.in_flight == 0
        assert (await post(http, {"query": "{ __typename }"})).status_code == 200


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize("media", [JSON, RESPONSE])
async def test_a_request_that_takes_too_long_is_ended_with_its_statement(
    settings: Settings, onlooker: asyncpg.Connection, media: str
) -> None:
    async with running(settings, statement_timeout=100, request_timeout=0.3) as (app, http):
        response = await post(http, {"query": READ}, accept=media)
        assert (response.status_code, media_type(response)) == (504, media)
        assert code_of(response) == "TIMEOUT"
        assert "data" not in response.json()
        await until(onlooker, 0)
        assert await onlooker.fetchval(SLEEPING) <= 1  # the connection is there again, and idle, or it was closed
        assert app.gate.requests.in_flight == 0


@pytest.mark.usefixtures("slow")
async def test_a_statement_that_takes_too_long_is_an_error_of_its_field(settings: Settings) -> None:
    async with running(settings, statement_timeout=0.2, lock_timeout=0.1) as (_, http):
        response = await post(http, {"query": '{ __typename tag(slug: "x") { name } }'})
        assert response.status_code == 200
        assert response.json()["data"] == {"__typename": "Query", "tag": None}
        assert the_error(response)["extensions"] == {"code": "TIMEOUT"}
