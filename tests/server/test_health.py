"""`/livez` and `/readyz`: what they tell, and that nothing holds them up."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from core.settings import Settings
from db.connections import Connections
from db.migrate import revisions
from db.schema_version import SchemaWatch
from server.app import Application
from tests.fixtures.servers import execute
from tests.overload.serving import until
from tests.wire.test_leaving import Visit, asked, running


async def ready(http: httpx.AsyncClient) -> tuple[int, dict[str, Any]]:
    response = await http.get("/readyz")
    return response.status_code, response.json()


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[tuple[Application, httpx.AsyncClient]]:
    async with running(settings) as both:
        yield both


@pytest.fixture(autouse=True)
def _looks_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.looks.HOLDS", 0.0)


async def test_it_is_ready_with_both_servers(app: tuple[Application, httpx.AsyncClient]) -> None:
    assert await ready(app[1]) == (200, {"status": "ok", "database": "ok", "redis": "ok"})


async def test_without_redis_it_is_ready_and_says_so(settings: Settings) -> None:
    none = settings.model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1/0")})
    async with running(none) as (_, http):
        assert await ready(http) == (200, {"status": "degraded", "database": "ok", "redis": "unreachable"})


async def test_at_another_revision_it_says_what_to_do(settings: Settings, database_url: str) -> None:
    async with running(settings) as (_, http):
        await execute(database_url, f"UPDATE alembic_version SET version_num = '{revisions()[-2]}'")
        found = (503, {"status": "not ready", "database": "run `broadsheet migrate`", "redis": "ok"})
        assert await ready(http) == found
        await execute(database_url, "DROP TABLE alembic_version")
        assert await ready(http) == found


async def test_while_it_drains_it_lives_and_is_not_ready(app: tuple[Application, httpx.AsyncClient]) -> None:
    app[0].gate.is_draining = True
    assert await ready(app[1]) == (503, {"status": "draining"})
    assert (await app[1].get("/livez")).json() == {"status": "ok"}


async def test_many_who_ask_at_once_are_one_look(
    app: tuple[Application, httpx.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, look = [], SchemaWatch.revision

    async def counted(self: SchemaWatch) -> str | None:
        looks.append(1)
        return await look(self)

    monkeypatch.setattr(SchemaWatch, "revision", counted)
    assert {status for status, _ in await asyncio.gather(*(ready(app[1]) for _ in range(50)))} == {200}
    assert len(looks) == 1
    await ready(app[1])
    assert len(looks) == 2
    monkeypatch.setattr("server.looks.HOLDS", 100.0)
    await ready(app[1])
    await ready(app[1])
    assert len(looks) == 2


async def test_it_waits_in_no_line_behind_the_requests(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch = Connections.fetch

    async def sleep(self: Connections, _sql: str, _arguments: list[Any], **_: Any) -> Any:
        return await fetch(self, "SELECT pg_sleep(60)", [])

    monkeypatch.setattr(Connections, "fetch", sleep)
    few = {"database_pool_size": 1, "database_pool_overflow": 0, "max_requests": 3}
    async with running(settings, **few) as (app, http):
        visits = [Visit(app, asked("{ tags { nodes { name } } }")) for _ in range(3)]
        serving = [asyncio.create_task(visit.served()) for visit in visits]
        await until(lambda: app.gate.requests.in_flight == 3)
        assert (await http.post("/graphql", json={"query": "{ __typename }"})).status_code == 503
        assert await ready(http) == (200, {"status": "ok", "database": "ok", "redis": "ok"})
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        assert app.gate.requests.in_flight == app.gate.executions.in_flight == 0


async def test_a_database_that_hangs_is_told_of_in_time(
    app: tuple[Application, httpx.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = asyncio.Event()

    async def never(_: SchemaWatch) -> str:
        while not waits.is_set():  # deaf to being cancelled, as a driver may be
            try:
                await waits.wait()
            except asyncio.CancelledError:
                continue
        return ""

    monkeypatch.setattr("server.looks.PATIENCE", 0.05)
    with monkeypatch.context() as patch:
        patch.setattr(SchemaWatch, "revision", never)
        for _ in range(3):
            async with asyncio.timeout(20):
                assert await ready(app[1]) == (503, {"status": "not ready", "database": "unreachable", "redis": "ok"})
        waits.set()
    monkeypatch.setattr("server.looks.PATIENCE", 30.0)
    async with asyncio.timeout(60):
        while (await ready(app[1]))[0] != 200:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
