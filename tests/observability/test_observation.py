"""What listeners hear of operations, whatever way these come."""

import asyncio
from collections.abc import Mapping

import pytest

from core.observation import Observation, current, observing
from core.observers import Listener
from tests.fixtures.accounts import person
from tests.fixtures.api import Statements, serving
from tests.fixtures.servers import settings_for
from tests.observability.hearing import Heard, heard_by

FEED = "query Feed { posts(first: 2) { nodes { title author { name } } } }"
QUIET = {"slow_operation": 0, "slow_statement": 0, "server_timing": False}


async def test_a_query_is_heard_with_its_statements_and_batches(
    url: str, redis_url: str, statements: Statements
) -> None:
    heard = Heard()
    async with heard_by(settings_for(url, redis_url), heard) as api:
        await api.data(FEED)  # what a new connection asks for itself
        with statements.counted() as sent:
            await api.http.post("/graphql", json={"query": FEED}, headers={"apollographql-client-name": "reader"})
    found = heard.last
    assert (found.kind, found.name, found.client, found.transport) == ("query", "Feed", "reader", "http")
    assert (found.outcome, found.codes, found.cache, found.executor) == ("ok", (), "bypass", "compiled")
    assert found.statements == len(sent) == 2
    assert [size for _, size, _ in found.batches] == [1, 2]
    assert 0 < sum(found.statement_ns) < found.ended - found.began
    assert found.steps is None


async def test_steps_are_noted_within_each_other_where_somebody_wants_them(url: str, redis_url: str) -> None:
    heard = Heard(steps=True)
    async with heard_by(settings_for(url, redis_url), heard) as api:
        await api.data(FEED)
    steps = heard.last.steps
    assert steps is not None
    assert [step.what for step in steps] == ["batch", "sql", "batch", "sql"]
    for batch, sql in (steps[:2], steps[2:]):
        assert sql.parent is batch
        assert batch.parent is None
        assert batch.began <= sql.began <= sql.ended <= batch.ended


async def test_an_answer_that_was_kept_is_heard_under_the_name_of_its_operation(url: str, redis_url: str) -> None:
    heard = Heard()
    async with (
        heard_by(settings_for(url, redis_url, cache=True), heard) as api,
        heard_by(settings_for(url, redis_url, cache=True), heard) as other,
    ):
        for one in (api, api, other):
            await one.data(FEED)
    assert [(one.name, one.kind, one.cache, one.outcome) for one in heard.all] == [
        ("Feed", "query", "miss", "ok"),
        ("Feed", "query", "hit", "ok"),
        ("Feed", "query", "hit", "ok"),
    ]
    assert heard.last.redis_ns


async def test_a_write_is_heard_with_the_statements_of_its_transaction(url: str, redis_url: str) -> None:
    heard = Heard(steps=True)
    async with heard_by(settings_for(url, redis_url), heard) as api:
        api.headers = (await person(url, "writer", "AUTHOR")).headers
        await api.data('mutation Add { createTag(input: {name: "Heard"}) { tag { name } } }')
    found = heard.last
    assert (found.kind, found.name, found.outcome) == ("mutation", "Add", "ok")
    sent = [step.name for step in found.steps or () if step.what == "sql"]
    assert len([sql for sql in sent if sql.startswith("INSERT INTO tags")]) == 1
    assert len(sent) == found.statements
    assert all(found.statement_ns)


@pytest.mark.parametrize(
    ("query", "kind", "outcome", "codes"),
    [
        ("{", "unknown", "refused", ("GRAPHQL_PARSE_FAILED",)),
        ("query Q { nothing }", "unknown", "refused", ("GRAPHQL_VALIDATION_FAILED",)),
        ("query Q($n: Int!) { posts(first: $n) { totalCount } }", "query", "refused", ("GRAPHQL_VALIDATION_FAILED",)),
        ('query Q { posts(after: "no") { totalCount } }', "query", "errors", ("BAD_USER_INPUT",)),
        (
            'mutation M { createTag(input: {name: "x"}) { clientMutationId } }',
            "mutation",
            "errors",
            ("UNAUTHENTICATED",),
        ),
    ],
)
async def test_what_goes_wrong_is_heard_with_its_codes(
    query: str, kind: str, outcome: str, codes: tuple[str, ...], url: str, redis_url: str
) -> None:
    heard = Heard()
    async with heard_by(settings_for(url, redis_url), heard) as api:
        await api.post(query)
    assert (heard.last.kind, heard.last.outcome, heard.last.codes) == (kind, outcome, codes)


async def test_a_request_that_is_none_is_heard_as_refused(url: str, redis_url: str) -> None:
    heard = Heard()
    async with heard_by(settings_for(url, redis_url), heard) as api:
        await api.http.put("/graphql")
    assert (heard.last.outcome, heard.last.codes) == ("refused", ("BAD_REQUEST",))


async def test_a_listener_that_fails_harms_nobody(url: str, redis_url: str, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Listener):
        def begun(self, observation: Observation, headers: Mapping[bytes, str]) -> None:
            raise ValueError(observation, headers)

        def ended(self, observation: Observation) -> None:
            raise ValueError(observation)

    heard = Heard()
    async with heard_by(settings_for(url, redis_url), Broken(), heard) as api:
        await api.data(FEED)
    assert heard.last.outcome == "ok"
    assert [record.message for record in caplog.records] == ["listener_failed"] * 2


async def test_without_listeners_no_record_is_made(url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def made(*_: object) -> None:
        raise AssertionError("a record was made")

    monkeypatch.setattr(Observation, "__init__", made)
    async with serving(settings_for(url, redis_url, **QUIET)) as api:
        await api.data(FEED)


async def test_what_goes_on_after_the_end_is_added_to_nothing() -> None:
    async def later(go: asyncio.Event) -> None:
        await go.wait()
        observation = current()
        assert observation is not None
        observation.note_statement("SELECT 1", observation.began)

    go = asyncio.Event()
    with observing() as around:
        with observing() as within:
            task = asyncio.create_task(later(go))
        go.set()
        await task
    assert (within.statements, around.statements) == (0, 1)
