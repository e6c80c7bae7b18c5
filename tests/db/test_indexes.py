"""On a hundred thousand posts every read walks an index, and every index is walked by one."""

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import chain
from pathlib import Path

import asyncpg
import pytest

from tests.db.operations import Operation, Values, directories, look_ups, post_lists, searches, threads, values_of
from tests.db.operations_of_viewers import lists_of_viewers, look_ups_of_viewers
from tests.db.plans import Plan, Recorded, RecordingSession, explain
from tests.fixtures.servers import connected

DOC = Path(__file__).parents[2] / "docs" / "indexes.md"
ROW = re.compile(r"^\| `(\w+)` \| (read|write|rule) \| .+ \|$", re.MULTILINE)
SMALL = frozenset({"tags"})
"""Of a thousand rows or so: reading all of them may well be the fastest."""

SESSIONS = """
INSERT INTO sessions (user_id, family_hash, token_hash, expires_at)
SELECT id, sha256((id * 10 + n)::text::bytea), '', now() + interval '1 day'
FROM users, generate_series(1, 3) n ON CONFLICT DO NOTHING;
ANALYZE sessions
"""
"""The seed makes none: three for each user."""

Run = list[tuple[Operation, Recorded]]
Explained = list[tuple[Operation, Plan]]


def _planned(values: Values) -> Iterator[Operation]:
    of_all = chain(post_lists(values), look_ups(values), directories(values), threads(values))
    return chain(of_all, lists_of_viewers(values), look_ups_of_viewers(values))


@pytest.fixture(scope="module")
async def connection(large_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    async with connected(large_database_url) as connection:
        await connection.execute(SESSIONS)
        yield connection


async def _run(connection: asyncpg.Connection, operations: Iterable[Operation]) -> Run:
    run = []
    for operation in operations:
        session = RecordingSession(connection)
        await operation.run(session)  # type: ignore[arg-type] # stands for a ReadSession
        run += [(operation, recorded) for recorded in session.recorded]
    return run


@pytest.fixture(scope="module")
async def planned(connection: asyncpg.Connection) -> Run:
    return await _run(connection, _planned(await values_of(connection)))


@pytest.fixture(scope="module")
async def explained(connection: asyncpg.Connection, planned: Run) -> Explained:
    found = await _run(connection, searches(await values_of(connection)))
    return [(operation, await explain(connection, recorded)) for operation, recorded in (*planned, *found)]


def _reads_whole(plan: Plan) -> bool:
    return any(node.table not in SMALL for node in plan.of_kind("Seq Scan"))


def test_all_operations_were_explained(explained: Explained) -> None:
    assert len(explained) > 400


def test_every_search_found_posts(explained: Explained) -> None:
    """A word that the language leaves out would find nothing, and walk any index at no cost."""
    searches = [(operation.name, plan) for operation, plan in explained if "search" in operation.name]
    assert len(searches) > 30
    assert [name for name, plan in searches if plan.rows_read(SMALL) == 0] == []


def test_no_large_table_is_read_from_end_to_end(explained: Explained) -> None:
    faults = [
        f"{operation.name}: {plan}" for operation, plan in explained if operation.whole is None and _reads_whole(plan)
    ]
    assert faults == []


def test_nothing_is_sorted_that_an_index_could_order(explained: Explained) -> None:
    faults = [
        f"{operation.name}: {plan}"
        for operation, plan in explained
        if operation.sorts is None and plan.of_kind("Sort", "Incremental Sort")
    ]
    assert faults == []


def test_a_page_reads_what_is_on_it_whatever_there_is(explained: Explained) -> None:
    faults = [
        f"{operation.name}: {plan.rows_read(SMALL):.0f} of {operation.most}: {plan}"
        for operation, plan in explained
        if operation.most is not None and plan.rows_read(SMALL) > operation.most
    ]
    assert faults == []


async def test_plans_for_any_values_read_no_table_from_end_to_end(connection: asyncpg.Connection, planned: Run) -> None:
    """After some uses PostgreSQL plans a prepared statement without looking at its values."""
    faults = []
    for operation, recorded in planned:
        plan = await explain(connection, recorded, "force_generic_plan")
        if operation.whole is None and _reads_whole(plan):
            faults.append(f"{operation.name}: {plan}")
    assert faults == []


async def test_every_index_serves_what_the_docs_say(connection: asyncpg.Connection, explained: Explained) -> None:
    there = await connection.fetch(
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    )
    serves = dict(ROW.findall(DOC.read_text()))
    assert sorted(serves) == sorted(record["indexname"] for record in there)
    walked = {index for _, plan in explained for index in plan.indexes}
    kinds = {kind: {index for index, one in serves.items() if one == kind} for kind in ("read", "write", "rule")}
    assert kinds["read"] - walked == set(), "no read walks these"
    # What enforces a rule may serve a read as well, where another index would do.
    assert walked - kinds["read"] - kinds["rule"] == set(), "the docs know no read of these"
