"""Rows are the driver's records, read by the names of their columns."""

from collections.abc import AsyncIterator

import pytest

from db.database import Database
from db.rows import Columns, Row
from db.statements import RowStatement
from tests.fixtures.servers import settings_for

TWO = "SELECT 7, 1, 'one', now() UNION ALL SELECT 8, 2, 'two', now()"


class WordRow(Row):
    __slots__ = ()

    id: int
    word: str
    length: int


@pytest.fixture
async def database(database_url: str, redis_url: str) -> AsyncIterator[Database]:
    database = Database(settings_for(database_url, redis_url), database_url)
    yield database
    await database.close()


async def _read(database: Database, columns: Columns, behind: int) -> list[WordRow]:
    statement: RowStatement[WordRow] = RowStatement(TWO, (), {}, rows=WordRow.holding(columns, behind=behind))
    return await database.read().fetch(statement, {})


@pytest.mark.parametrize("times", [1, 2])
async def test_columns_are_read_by_name_behind_what_is_not_the_rows_own(database: Database, times: int) -> None:
    for _ in range(times):
        rows = await _read(database, ("id", "word"), 1)
    assert [(row.id, row.word, row[0]) for row in rows] == [(1, "one", 7), (2, "two", 8)]


async def test_the_same_text_can_be_read_as_other_rows(database: Database) -> None:
    for columns, behind in ((("id", "word"), 1), (("word",), 2), (("length", "id"), 0), (("id", "word"), 1)):
        rows = await _read(database, columns, behind)
        places = [(getattr(row, name), row[place]) for row in rows for place, name in enumerate(columns, behind)]
        assert all(named == placed for named, placed in places)
        assert getattr(rows[0], "__match_args__", None) == columns


async def test_a_column_that_was_not_read_says_who_forgot_it(database: Database) -> None:
    [row, _] = await _read(database, ("id", "word"), 1)
    with pytest.raises(AttributeError, match="WordRow was read without the column 'length'"):
        _ = row.length
    with pytest.raises(AttributeError, match="no attribute 'size'"):
        _ = row.size  # type: ignore[attr-defined]


def test_rows_of_one_kind_are_of_one_class() -> None:
    assert WordRow.holding(("id",)) is WordRow.holding(("id",))
    assert WordRow.holding(("id",)) is not WordRow.holding(("id",), behind=1)
    assert issubclass(WordRow.holding(("id",)), WordRow)
