"""What is logged: in which form, with which ids, and what of it is slow."""

import asyncio
import io
from typing import Any

import asyncpg
import pytest
import structlog

from core.logs import configure_logs
from core.observation import Observation, fingerprint
from db.plans import generic_plan
from server.observing.slow import MOST_A_SECOND, SlowLog
from tests.fixtures.api import serving
from tests.fixtures.servers import TOKEN_KEY, execute, settings_for
from tests.observability.logging_lines import logged

FEED = "query Feed { posts(first: 2) { nodes { title author { name } } } }"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
EVERYTHING_IS_SLOW = {"slow_operation": 1e-9, "slow_statement": 1e-9}


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "log_format", "terminal", "is_json"),
    [
        ("development", "auto", True, False),
        ("development", "auto", False, True),
        ("production", "auto", True, True),
        ("production", "console", False, False),
        ("development", "json", True, True),
    ],
)
def test_logs_are_json_but_for_who_develops_at_a_terminal(
    environment: str, log_format: str, terminal: bool, is_json: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(
        "postgresql://a/b", "redis://a", environment=environment, log_format=log_format, token_keys=TOKEN_KEY
    )
    with logged(settings, monkeypatch):
        stream = _Terminal() if terminal else io.StringIO()
        monkeypatch.setattr("sys.stderr", stream)
        configure_logs(settings)
        structlog.get_logger("any").info("said")
        assert stream.getvalue().startswith('{"') is is_json


async def test_a_slow_operation_is_logged_with_figures_and_ids(
    url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(url, redis_url, otlp_endpoint="http://127.0.0.1:9", trace_ratio=0, **EVERYTHING_IS_SLOW)
    with logged(settings, monkeypatch) as lines:
        async with serving(settings) as api:
            headers = {"x-request-id": "r1", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-00"}
            await api.http.post("/graphql", json={"query": FEED}, headers=headers)
    [slow] = lines.of("slow_operation")
    assert (slow["operation"], slow["kind"], slow["outcome"], slow["statements"]) == ("Feed", "query", "ok", 2)
    assert (slow["request_id"], slow["trace_id"]) == ("r1", TRACE)
    assert slow["document"] == fingerprint(FEED)
    assert 0 < slow["statement_seconds"] < slow["seconds"]
    statements = lines.of("slow_statement")
    assert [one["operation"] for one in statements] == ["Feed", "Feed"]
    assert len({one["statement"] for one in statements}) == 2
    assert {(one["request_id"], one["trace_id"]) for one in statements} == {("r1", TRACE)}


async def test_what_is_quick_is_not_logged(url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_for(url, redis_url, slow_operation=1_000, slow_statement=1_000)
    with logged(settings, monkeypatch) as lines:
        async with serving(settings) as api:
            await api.data(FEED)
    assert lines.of("slow_operation") == lines.of("slow_statement") == []


async def test_a_statement_that_was_cut_off_is_slow_too(
    url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(url, redis_url, statement_timeout=0.2, lock_timeout=0.1, slow_statement=0.05)
    blocker = await asyncpg.connect(url)
    with logged(settings, monkeypatch) as lines:
        async with serving(settings) as api, blocker.transaction():
            await blocker.execute("LOCK TABLE posts")
            assert (await api.error(FEED))["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    await blocker.close()
    [slow] = lines.of("slow_statement")
    assert slow["seconds"] >= 0.05


async def test_every_line_of_a_request_has_its_id(url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(*_: object, **__: object) -> None:
        raise ValueError("broken")

    settings = settings_for(url, redis_url, **EVERYTHING_IS_SLOW)
    with logged(settings, monkeypatch) as lines:
        monkeypatch.setattr("db.connections.Connections.fetch", failing)
        async with serving(settings) as api:
            await api.http.post("/graphql", json={"query": FEED}, headers={"x-request-id": "r2"})
    ours = [one for one in lines.events if not one["event"].startswith("HTTP Request: ")]  # the test's own client
    assert {one["request_id"] for one in ours} == {"r2"}
    assert {one["event"] for one in ours} == {"resolver_failed", "slow_statement", "slow_operation"}


async def _planned(settings: Any, monkeypatch: pytest.MonkeyPatch, *queries: str) -> list[dict[str, Any]]:
    monkeypatch.setattr("server.observing.plans.PAUSE", 0.0)
    with logged(settings, monkeypatch) as lines:
        async with serving(settings) as api:
            for query in queries:
                await api.data(query)
            async with asyncio.timeout(30):
                while len(lines.of("slow_plan")) < 2 and not lines.of("slow_plan_failed"):  # noqa: ASYNC110 - of a log
                    await asyncio.sleep(0.02)
            await asyncio.sleep(0.1)
    assert lines.of("slow_plan_failed") == []
    return lines.of("slow_plan")


async def test_postgresql_explains_slow_statements_once_and_tells_no_value(
    url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(url, redis_url, slow_plans=True, **EVERYTHING_IS_SLOW)
    query = 'query Q { posts(first: 2, where: {authorUsername: "markedvalue"}) { nodes { title author { name } } } }'
    search = 'query S { search(query: "markedvalue", first: 1) { totalCount edges { node { title } } } }'
    plans = await _planned(settings, monkeypatch, query, search, query)
    assert len({plan["statement"] for plan in plans}) == len(plans) >= 2
    for plan in plans:
        assert "cost=" in plan["plan"]
        assert "$1" in plan["sql"]
        assert "actual time" not in plan["plan"]
        assert "markedvalue" not in str(plan)


async def test_writes_are_explained_without_being_run(database_url: str) -> None:
    plan = await generic_plan(database_url, "DELETE FROM tags WHERE id = $1::BIGINT")
    assert plan.startswith("Delete on tags")
    await execute(database_url, "INSERT INTO tags (slug, name) VALUES ('a', 'A')")
    await generic_plan(database_url, "DELETE FROM tags")
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("SELECT count(*) FROM tags") == 1
    await connection.close()


def test_where_all_is_slow_few_are_told_of_and_the_next_line_says_how_many_were_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = settings_for("postgresql://a/b", "redis://a")
    second = 1_000_000_000
    with logged(settings, monkeypatch) as lines:
        log = SlowLog(1e-9, 0)
        for number in range(MOST_A_SECOND + 7):
            log.ended(_ended_at(10 * second + number))
        log.ended(_ended_at(11 * second))
        log.ended(_ended_at(11 * second + 1))
    told = lines.of("slow_operation")
    assert len(told) == MOST_A_SECOND + 2
    assert [one.get("left_out") for one in told] == [None] * MOST_A_SECOND + [7, None]


def _ended_at(nanoseconds: int) -> Observation:
    observation = Observation()
    observation.began, observation.ended = 0, nanoseconds
    return observation
