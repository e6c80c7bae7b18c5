"""Transactions in each other's way: done again whole, or refused with a word that a client understands."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from core.errors import DeadlineError, UnavailableError
from db.conflicts import RETRIES
from db.database import Database, WriteSession
from tests.fixtures.servers import connected, settings_for

RAISE = "DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '{}'; END $$"
CONFLICTS = {
    "a serialization failure": "40001",
    "a deadlock": "40P01",
    "a duplicate": "23505",
    "a lost parent": "23503",
}


@pytest.fixture
async def database(database_url: str, redis_url: str) -> AsyncIterator[Database]:
    settings = settings_for(database_url, redis_url, lock_timeout=0.3, statement_timeout=0.6)
    database = Database(settings, database_url)
    yield database
    await database.close()


async def _note(session: WriteSession, slug: str) -> None:
    await session.execute(text("INSERT INTO tags (slug, name) VALUES (:slug, :slug)"), {"slug": slug})


async def _noted(url: str) -> list[str]:
    async with connected(url) as connection:
        return [row[0] for row in await connection.fetch("SELECT slug FROM tags ORDER BY slug")]


async def _changes(url: str) -> int:
    async with connected(url) as connection:
        number: int = await connection.fetchval("SELECT count(*) FROM changes")
        return number


@pytest.mark.parametrize("sqlstate", CONFLICTS.values(), ids=CONFLICTS.keys())
async def test_what_is_always_in_conflict_is_tried_four_times_and_leaves_nothing(
    sqlstate: str, database: Database, database_url: str
) -> None:
    tries = 0

    async def work(session: WriteSession) -> None:
        nonlocal tries
        tries += 1
        await _note(session, f"try-{tries}")
        await session.execute(text(RAISE.format(sqlstate)))

    with pytest.raises(UnavailableError, match="ask again"):
        await database.transact(work)
    assert tries == 1 + RETRIES == 4
    assert await _noted(database_url) == []
    assert await _changes(database_url) == 0


@pytest.mark.parametrize("failures", [1, 2, 3])
async def test_what_is_in_conflict_three_times_at_most_is_done_and_only_the_last_try_stays(
    failures: int, database: Database, database_url: str
) -> None:
    tries = 0

    async def work(session: WriteSession) -> str:
        nonlocal tries
        tries += 1
        await _note(session, f"try-{tries}")
        if tries <= failures:
            await session.execute(text(RAISE.format("40001")))
        return f"done at {tries}"

    assert await database.transact(work) == f"done at {failures + 1}"
    assert await _noted(database_url) == [f"try-{failures + 1}"]


async def test_any_other_failure_is_raised_at_once(database: Database, database_url: str) -> None:
    tries = 0

    async def work(session: WriteSession) -> None:
        nonlocal tries
        tries += 1
        await _note(session, "written")
        raise LookupError

    with pytest.raises(LookupError):
        await database.transact(work)
    assert tries == 1
    assert await _noted(database_url) == []


Work = Callable[[WriteSession], Awaitable[str]]


def _crossing(first: str, second: str, both: asyncio.Barrier, tries: list[str]) -> Work:
    """Locks two rows in an order of its own, and at the first try waits until the other has its first row."""

    async def work(session: WriteSession) -> str:
        tries.append(first)
        await _note(session, f"from-{first}-{tries.count(first)}")
        locked = text("UPDATE users SET name = name || :mark WHERE username = :username")
        await session.execute(locked, {"username": first, "mark": second[0]})
        if tries.count(first) == 1:
            await both.wait()
        await session.execute(locked, {"username": second, "mark": second[0]})
        return first

    return work


async def test_of_two_that_wait_for_each_other_both_are_done_in_the_end(database_url: str, redis_url: str) -> None:
    # The lock timeout is longer than PostgreSQL's deadlock_timeout of one second, or it would come first.
    database = Database(settings_for(database_url, redis_url, lock_timeout=4.0), database_url)
    async with connected(database_url) as connection:
        await connection.execute("INSERT INTO users (username, name) VALUES ('one', 'one'), ('two', 'two')")
    both, tries = asyncio.Barrier(2), list[str]()
    try:
        done = await asyncio.gather(
            database.transact(_crossing("one", "two", both, tries)),
            database.transact(_crossing("two", "one", both, tries)),
        )
    finally:
        await database.close()
    assert [*done] == ["one", "two"]
    assert len(tries) == 3, "one of them was the victim, and was done again"
    async with connected(database_url) as connection:
        named = {row["username"]: row["name"] for row in await connection.fetch("SELECT username, name FROM users")}
    assert {name: sorted(value[3:]) for name, value in named.items()} == {"one": ["o", "t"], "two": ["o", "t"]}
    victim = tries[-1]
    assert await _noted(database_url) == sorted({"from-one-1", "from-two-1", f"from-{victim}-2"} - {f"from-{victim}-1"})


async def test_a_lock_that_another_holds_is_told_as_unavailable(database: Database, database_url: str) -> None:
    tries = 0

    async def work(session: WriteSession) -> None:
        nonlocal tries
        tries += 1
        await session.execute(text("LOCK TABLE users"))

    async with connected(database_url) as connection, connection.transaction():
        await connection.execute("LOCK TABLE users")
        with pytest.raises(UnavailableError, match="Others hold"):
            await database.transact(work)
    assert tries == 1
    await database.transact(work)


async def test_a_statement_that_takes_too_long_is_told_as_a_deadline(database: Database, database_url: str) -> None:
    async def work(session: WriteSession) -> None:
        await _note(session, "before")
        await session.execute(text("SELECT pg_sleep(5)"))

    with pytest.raises(DeadlineError):
        await database.transact(work)
    assert await _noted(database_url) == []


async def _terminate(url: str, pid: int) -> None:
    async with connected(url) as connection:
        assert await connection.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)


def _cut_off(url: str, at: str) -> Callable[[WriteSession], Awaitable[Any]]:
    """Writes, and loses its connection: between two statements, during one, or before the commit."""

    async def work(session: WriteSession) -> None:
        await _note(session, "half")
        pid = await session.scalar(text("SELECT pg_backend_pid()"))
        if at == "during a statement":
            ended = asyncio.create_task(_terminate(url, pid))
            await session.execute(text("SELECT pg_sleep(0.5)"))
            await ended
            return
        await _terminate(url, pid)
        if at == "between two statements":
            await _note(session, "whole")

    return work


@pytest.mark.parametrize("at", ["between two statements", "during a statement", "before the commit"])
async def test_a_lost_connection_is_told_as_unavailable_and_nothing_is_half_written(
    at: str, database: Database, database_url: str
) -> None:
    with pytest.raises(UnavailableError):
        await database.transact(_cut_off(database_url, at))
    assert await _noted(database_url) == []
    assert await _changes(database_url) == 0
    await database.transact(lambda session: _note(session, "later"))
    assert await _noted(database_url) == ["later"]


async def test_no_free_connection_is_told_as_unavailable(database_url: str, redis_url: str) -> None:
    settings = settings_for(
        database_url, redis_url, database_pool_size=1, database_pool_overflow=0, database_pool_timeout=0.2
    )
    database = Database(settings, database_url)
    try:
        async with database.write() as session:
            await session.execute(text("SELECT 1"))
            with pytest.raises(UnavailableError, match="busy"):
                await database.transact(lambda session: _note(session, "never"))
    finally:
        await database.close()
    assert await _noted(database_url) == []


async def test_a_server_out_of_reach_is_told_as_unavailable(redis_url: str) -> None:
    url = "postgresql://nobody@127.0.0.1:9/nowhere"
    database = Database(settings_for(url, redis_url), url)
    with pytest.raises(UnavailableError):
        await database.transact(lambda session: _note(session, "never"))
    await database.close()
