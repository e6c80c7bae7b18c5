"""What operations do is counted by their names, their clients and how they went."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.settings import Settings
from server.metrics import operations
from server.metrics.operations import OperationCounts
from tests.fixtures.accounts import person_by
from tests.fixtures.api import serving
from tests.fixtures.servers import connected, execute, settings_for
from tests.metrics.measuring import Measured, measuring
from tests.model.shaped import shaped
from tests.model.write import write

FEED = "query Feed { posts(first: 5) { nodes { title author { name } tags { name } } } }"
NAMED = "x-graphql-client-name"
TOTAL = "broadsheet_operations_total"


@pytest.fixture
async def filled_url(database_url: str) -> str:
    """A database with a small blog."""
    await write(shaped(3), database_url)
    return database_url


@pytest.fixture
async def api(filled_url: str, redis_url: str) -> AsyncIterator[Measured]:
    async with measuring(settings_for(filled_url, redis_url, cache=True)) as api:
        yield api


async def test_an_operation_is_counted_by_name_client_and_outcome(api: Measured) -> None:
    api.headers = {NAMED: "my-blog"}
    for _ in range(3):
        await api.data(FEED)
    await api.data("{ __typename }")
    await api.post("query Wrong { nothing }")
    await api.post('query Late { node(id: "x") { id } }')
    told = await api.told()
    assert told.value(TOTAL, operation="Feed", kind="query", client="my-blog", outcome="ok") == 3
    assert told.value(TOTAL, operation="unnamed", outcome="ok") == 1
    assert told.value(TOTAL, operation="unknown", outcome="refused") == 1
    assert told.value(TOTAL, operation="Late", outcome="errors") == 1
    assert not told.of(TOTAL, operation="Wrong")
    assert told.value("broadsheet_errors_total", code="BAD_USER_INPUT") == 1
    assert told.value("broadsheet_operation_duration_seconds_count", operation="Feed") == 3
    assert 0 < told.value("broadsheet_operation_duration_seconds_sum", operation="Feed") < 60


async def test_statements_and_batches_are_counted(api: Measured) -> None:
    await api.data(FEED)
    told = await api.told()
    before = told.value("broadsheet_sql_statements_total", operation="Feed")
    assert before >= 3
    assert told.value("broadsheet_sql_seconds_total", operation="Feed") > 0
    assert told.value("broadsheet_sql_duration_seconds_count") >= before
    assert told.value("broadsheet_loader_batch_keys_count", loader="tags.of_post") == 1
    assert told.value("broadsheet_loader_batch_keys_sum", loader="tags.of_post") == 3
    assert told.value("broadsheet_loader_seconds_total", loader="tags.of_post") > 0
    # Of a hit nothing is read but what was changed.
    await api.data(FEED)
    told = await api.told()
    assert told.value("broadsheet_sql_statements_total", operation="Feed") <= before + 1
    assert told.value("broadsheet_loader_batch_keys_count", loader="tags.of_post") == 1


async def test_fields_tell_for_how_many_parents_they_asked(api: Measured) -> None:
    await api.data(FEED)
    told = await api.told()
    assert told.labels("broadsheet_field_batch_keys_count", "field") == {"Query.posts", "Post.author", "Post.tags"}
    assert told.value("broadsheet_field_batch_keys_sum", field="Query.posts") == 1
    assert told.value("broadsheet_field_batch_keys_sum", field="Post.author") == 3
    assert told.value("broadsheet_field_batch_keys_bucket", field="Post.tags", le="2.0") == 0
    assert told.value("broadsheet_field_batch_keys_bucket", field="Post.tags", le="5.0") == 1


async def test_the_cache_tells_what_it_had(api: Measured, filled_url: str) -> None:
    for _ in range(3):
        await api.data(FEED)
    await api.data("{ rateLimit { remaining } }")
    async with connected(filled_url) as connection:
        await connection.execute("UPDATE posts SET title = title || '!'")
    await api.data(FEED)
    told = await api.told()
    found = {r: told.value("broadsheet_cache_requests_total", result=r) for r in ("hit", "miss", "bypass")}
    assert found == {"hit": 2, "miss": 2, "bypass": 1}
    assert told.value("broadsheet_cache_stale_total") == 1
    assert told.value("broadsheet_cache_invalidations_total") > 0
    assert told.value("broadsheet_cache_responses") == 1
    assert told.value("broadsheet_cache_bytes") > 0
    assert told.value("broadsheet_cache_looks_total") >= 4


async def test_a_fault_is_told_apart_from_what_was_refused(api: Measured, filled_url: str) -> None:
    await execute(filled_url, "ALTER TABLE users RENAME COLUMN name TO another")
    await api.post(FEED)
    told = await api.told()
    assert told.value(TOTAL, operation="Feed", outcome="failed") == 1
    assert told.value("broadsheet_errors_total", code="INTERNAL_SERVER_ERROR") == 1


async def test_mutations_are_told_apart(settings: Settings, database_url: str) -> None:
    async with connected(database_url) as connection:
        ann = await person_by(connection, "ann", "AUTHOR")
    async with measuring(settings) as api:
        api.headers = ann.headers
        await api.data('mutation Add { createPost(input: {title: "T", body: "B"}) { post { id } } }')
        told = await api.told()
        assert told.value(TOTAL, operation="Add", kind="mutation", outcome="ok") == 1
        assert told.value("broadsheet_rate_points_total", caller="account") > 0


async def test_however_many_names_clients_choose_few_become_labels(api: Measured) -> None:
    for number in range(operations.MOST_NAMES + 50):
        api.headers = {NAMED: f"client-{number}"}
        await api.data(f"query Q{number} {{ __typename }}")
    told = await api.told()
    names = told.labels(TOTAL, "operation")
    assert len(names) == operations.MOST_NAMES + 1
    assert told.value(TOTAL, operation="other") == 50
    assert len(told.labels(TOTAL, "client")) == operations.MOST_CLIENTS + 1
    assert told.value(TOTAL) == operations.MOST_NAMES + 50
    # What is known already goes on under its own name.
    await api.data("query Q1 { __typename }")
    assert (await api.told()).value(TOTAL, operation="Q1") == 2


async def test_the_names_of_trusted_documents_are_always_told_apart(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"abc": "query Mine { __typename }"}))
    async with measuring(settings_for(database_url, redis_url, trusted_documents=manifest)) as api:
        for number in range(operations.MOST_NAMES + 10):
            await api.data(f"query Q{number} {{ __typename }}")
        await api.data("query Mine { __typename }")
        assert (await api.told()).value(TOTAL, operation="Mine") == 1


async def test_all_pairs_of_names_are_bounded_too(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "MOST_SERIES", 30)
    async with measuring(settings) as api:
        for number in range(10):
            for client in range(10):
                api.headers = {NAMED: f"client-{client}"}
                await api.data(f"query Q{number} {{ __typename }}")
        told = await api.told()
        assert told.value(TOTAL) == 100
        assert len(told.of(TOTAL)) <= 30 + 10


async def test_nothing_private_becomes_a_label(api: Measured) -> None:
    api.headers = {"authorization": "Bearer secret-token", NAMED: "my-blog"}
    await api.post('query Private { post(by: {slug: "secret-slug"}) { title } }')
    api.headers = {NAMED: "my-blog"}
    await api.data("query Private($s: String!) { post(by: {slug: $s}) { title } }", s="secret-variable")
    assert "secret" not in (await api.told()).text


async def test_nothing_is_counted_where_nobody_asks_for_metrics(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OperationCounts, "__init__", None)  # to make one fails
    async with serving(settings) as api:
        await api.data(FEED)
