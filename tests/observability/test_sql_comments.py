"""What statements carry for PostgreSQL's own log and views."""

from typing import Any

import pytest

from core.observation import Observation
from db.sql_comments import MOST_NAMES, SqlComments
from tests.fixtures.accounts import person
from tests.fixtures.api import Statements, serving
from tests.fixtures.servers import connected, settings_for
from tests.observability.collector import collecting

FEED = "query Feed { posts(first: 2) { nodes { title } } }"


async def _running(url: str) -> set[str]:
    """The last statement of each of the other connections, as PostgreSQL saw it."""
    async with connected(url) as connection:
        rows = await connection.fetch(
            "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return {row["query"] for row in rows}


async def test_nothing_is_added_unless_it_is_wished(url: str, redis_url: str, statements: Statements) -> None:
    async with serving(settings_for(url, redis_url)) as api:
        await api.data(FEED)
    assert not any("/*" in sql for sql in statements.sent)


async def test_the_operation_is_told_and_the_statement_prepared_once(url: str, redis_url: str) -> None:
    async with serving(settings_for(url, redis_url, sql_comments="operation", database_pool_size=1)) as api:
        for _ in range(3):
            await api.data(FEED)
            await api.data(FEED.replace("Feed", "Other"))
        assert any(sql.endswith("/*operation='Other'*/") for sql in await _running(url))


async def test_the_trace_is_told_of_what_is_traced(url: str, redis_url: str) -> None:
    with collecting() as collector:
        settings = settings_for(url, redis_url, sql_comments="trace", otlp_endpoint=collector.url)
        async with serving(settings) as api:
            assert (await api.data(FEED))["posts"]["nodes"]
            running = await _running(url)
    root = collector.spans[0]
    told = f"/*operation='Feed',traceparent='00-{root.trace_id.hex()}-{root.span_id.hex()}-01'*/"
    assert any(sql.endswith(told) for sql in running)
    assert not any(told in span.SerializeToString().decode("utf-8", "replace") for span in collector.spans)


async def test_writes_carry_it_too(url: str, redis_url: str) -> None:
    async with serving(settings_for(url, redis_url, sql_comments="operation")) as api:
        api.headers = (await person(url, "writer", "AUTHOR")).headers
        seen = list[str]()
        await api.data('mutation Add { createTag(input: {name: "Told"}) { tag { name } } }')
        seen += await _running(url)
    assert any("operation='Add'" in sql for sql in seen)


def _observation(name: str | None, **others: Any) -> Observation:
    observation = Observation()
    observation.is_of("query", name)
    for key, value in others.items():
        setattr(observation, key, value)
    return observation


def test_clients_cannot_make_ever_more_statements() -> None:
    comments = SqlComments(traces=False)
    texts = {comments.of("SELECT 1", _observation(f"Q{number}"))[0] for number in range(MOST_NAMES * 2)}
    assert len(texts) == MOST_NAMES + 1
    assert "SELECT 1 /*operation='other'*/" in texts


@pytest.mark.parametrize("name", ["*/ DROP TABLE posts; --", "a'b", "a\\", "é\n", "x" * 500])
def test_no_name_leaves_its_comment(name: str) -> None:
    text, prepared = SqlComments(traces=False).of("SELECT 1", _observation(name))
    assert prepared
    head, _, rest = text.partition("/*")
    assert head == "SELECT 1 "
    assert rest.endswith("'*/")
    inside = rest.removeprefix("operation='").removesuffix("'*/")
    assert inside.isascii()
    assert not set(inside) & set("'*/\\\n ;")
    assert len(inside) <= 180


def test_a_statement_without_a_name_or_a_trace_is_left_as_it_is() -> None:
    sql = "SELECT 1"
    assert SqlComments(traces=True).of(sql, _observation(None)) == (sql, True)


def test_what_differs_from_request_to_request_is_not_prepared() -> None:
    observation = _observation("Q", traceparent="00-1-2-01")
    assert SqlComments(traces=True).of("SELECT 1", observation) == (
        "SELECT 1 /*operation='Q',traceparent='00-1-2-01'*/",
        False,
    )
