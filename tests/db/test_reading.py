"""What is prepared once is run again without the driver's own way around, and comes out the same."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from db.reading import ReadingConnection

SUM = "SELECT n, n * $2::int AS product FROM unnest($1::int[]) AS wanted(n)"


@pytest.fixture
async def reading(database_url: str) -> AsyncIterator[ReadingConnection]:
    connection = await asyncpg.connect(database_url, connection_class=ReadingConnection)
    yield connection
    await connection.close()


@pytest.fixture
def driver_ways(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that went the driver's own way."""
    ways = list[str]()
    own = asyncpg.Connection.fetch

    async def fetch(self: Any, query: str, *args: Any, **options: Any) -> Any:
        ways.append(query)
        return await own(self, query, *args, **options)

    monkeypatch.setattr(asyncpg.Connection, "fetch", fetch)
    return ways


async def test_only_the_first_time_goes_the_drivers_own_way(reading: ReadingConnection, driver_ways: list[str]) -> None:
    for factor in (2, 3, 4):
        assert [tuple(r) for r in await reading.fetch(SUM, [1, 2], factor)] == [(1, factor), (2, 2 * factor)]
    assert driver_ways == [SUM]


async def test_errors_are_the_drivers_own(reading: ReadingConnection) -> None:
    for _ in range(2):
        assert await reading.fetch("SELECT 6 / $1::int AS n", 2)
        with pytest.raises(asyncpg.DivisionByZeroError):
            await reading.fetch("SELECT 6 / $1::int AS n", 0)
        with pytest.raises(asyncpg.DataError):
            await reading.fetch("SELECT 6 / $1::int AS n", "two")
    await reading.close()
    with pytest.raises(asyncpg.InterfaceError):
        await reading.fetch("SELECT 6 / $1::int AS n", 2)


async def test_a_table_that_was_altered_meanwhile_is_read_as_it_is_now(
    reading: ReadingConnection, database_url: str
) -> None:
    other = await asyncpg.connect(database_url)
    await other.execute("CREATE TABLE altered (n int); INSERT INTO altered VALUES (1)")
    for _ in range(2):
        assert [tuple(r) for r in await reading.fetch("SELECT * FROM altered")] == [(1,)]
    await other.execute("ALTER TABLE altered ALTER n TYPE text, ADD m int DEFAULT 7")
    for _ in range(2):
        assert [tuple(r) for r in await reading.fetch("SELECT * FROM altered")] == [("1", 7)]
    await other.execute("DROP TABLE altered")
    await other.close()
