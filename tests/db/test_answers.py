"""What PostgreSQL lacks, or does not allow at the moment, is told as that; a fault of ours is told as ours."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.errors import ClientError, DeadlineError, UnavailableError
from db.database import Database, WriteSession
from db.statements import Statement
from tests.fixtures.servers import connected, execute, settings_for

FUNCTION = """
CREATE FUNCTION fails(code text) RETURNS int LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = code; END $$
"""
FAILS = "SELECT fails($1::text)"
UNAVAILABLE = {
    "the disk is full": "53100",
    "memory is short": "53200",
    "connections are used up": "53300",
    "somebody else has the lock": "55P03",
    "it takes no writes": "25006",
    "the disk fails": "58030",
    "it is told to end": "57P01",
    "there is a deadlock": "40P01",
}


@pytest.fixture
async def database(database_url: str, redis_url: str) -> AsyncIterator[Database]:
    await execute(database_url, FUNCTION)
    database = Database(settings_for(database_url, redis_url, lock_timeout=0.2), database_url)
    yield database
    await database.close()


async def _read(database: Database, state: str) -> None:
    await database.read().fetch(Statement(FAILS, ("code",), {}), {"code": state})


async def _write(database: Database, state: str) -> None:
    async def work(session: WriteSession) -> None:
        await session.execute(text(FAILS.replace("$1::text", "CAST(:code AS text)")), {"code": state})

    await database.transact(work)


@pytest.mark.parametrize("state", UNAVAILABLE.values(), ids=UNAVAILABLE.keys())
@pytest.mark.parametrize("ask", [_read, _write])
async def test_it_is_unavailable_when(ask: object, state: str, database: Database) -> None:
    assert callable(ask)
    with pytest.raises(UnavailableError):
        await ask(database, state)


@pytest.mark.parametrize("ask", [_read, _write])
async def test_a_statement_that_takes_too_long_is_a_timeout(ask: object, database: Database) -> None:
    assert callable(ask)
    with pytest.raises(DeadlineError):
        await ask(database, "57014")


@pytest.mark.parametrize("ask", [_read, _write])
async def test_any_other_failure_is_ours(ask: object, database: Database) -> None:
    assert callable(ask)
    with pytest.raises((asyncpg.PostgresError, DBAPIError)) as raised:
        await ask(database, "XX000")
    assert not isinstance(raised.value, ClientError)


async def test_arguments_that_do_not_fit_are_no_lost_connection(database: Database) -> None:
    number = Statement("SELECT pg_backend_pid(), $1::int", ("number",), {})
    before = await database.read().fetch(number, {"number": 1})
    with pytest.raises(asyncpg.DataError):
        await database.read().fetch(number, {"number": "one"})
    too_many = Statement(number.sql, ("number", "other"), {})
    with pytest.raises(asyncpg.InterfaceError):
        await database.read().fetch(too_many, {"number": 1, "other": 2})
    # Nobody doubts other connections for it.
    assert database._read._lending.lost_at == 0
    assert len(await database.read().fetch(number, {"number": 2})) == len(before)


async def test_a_read_that_meets_a_lock_is_told_so(database: Database, database_url: str) -> None:
    async with connected(database_url) as other, other.transaction():
        await other.execute("LOCK TABLE tags IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(UnavailableError, match="Others hold"):
            await database.read().fetch(Statement("SELECT count(*) FROM tags", (), {}), {})


async def test_nobody_is_let_in(database_url: str, redis_url: str) -> None:
    nowhere = database_url.replace("/test_", "/no_such_")
    database = Database(settings_for(nowhere, redis_url), nowhere)
    with pytest.raises(UnavailableError):
        await database.read().fetch(Statement("SELECT 1", (), {}), {})
    with pytest.raises(UnavailableError):
        await _write(database, "53100")
    await database.close()
