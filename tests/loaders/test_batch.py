"""Families of loaders: rows come in any order, with gaps, and each key gets its own."""

from collections.abc import Awaitable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.viewer import ANONYMOUS, Asker
from db.database import ReadSession
from db.pages import Page
from db.rows import Columns
from loaders.batch import ByKey, LoadedPage, ManyByKey, PageByKey, Scope
from loaders.dispatch import BatchError, Loader, Scheduler
from tests.model.examples import examples


@dataclass(frozen=True)
class Row:
    key: int
    columns: Columns


def _scope() -> Scope:
    return Scope(cast("ReadSession", None), Asker(ANONYMOUS), Scheduler())


KEYS = st.lists(st.integers(0, 9), min_size=1, max_size=8)
FOUND = st.lists(st.integers(0, 9), unique=True)


@examples(100)
@given(keys=KEYS, found=FOUND)
async def test_each_key_has_its_row_and_none_where_there_is_none(keys: list[int], found: list[int]) -> None:
    async def find(wanted: list[int], columns: Columns) -> list[tuple[Any, Row]]:
        return [(key, Row(key, columns)) for key in found if key in wanted]

    rows = await ByKey("rows", _scope(), find).reading(("id",)).load_many(keys)
    assert rows == [Row(key, ("id",)) if key in found else None for key in keys]


@examples(100)
@given(keys=KEYS, found=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99))))
async def test_each_key_has_its_rows_in_the_order_in_which_they_were_found(
    keys: list[int], found: list[tuple[int, int]]
) -> None:
    async def find(wanted: list[int], columns: Columns) -> list[tuple[Any, int]]:
        del columns
        return [(key, value) for key, value in found if key in wanted]

    lists = await ManyByKey("lists", _scope(), find).reading(("id",)).load_many(keys)
    assert lists == [[value for key, value in found if key == wanted] for wanted in keys]


async def test_a_family_has_one_loader_for_each_set_of_columns() -> None:
    batches = list[tuple[tuple[int, ...], Columns]]()

    async def find(keys: list[int], columns: Columns) -> list[tuple[Any, Row]]:
        batches.append((tuple(keys), columns))
        return []

    family: ByKey[int, Row] = ByKey("rows", _scope(), find)
    assert family.reading(("id",)) is family.reading(("id",))
    futures = [family.reading(columns).load(1) for columns in (("id",), ("id", "title"), ("id",))]
    for future in futures:
        assert await future is None
    assert sorted(batches) == [((1,), ("id",)), ((1,), ("id", "title"))]


async def test_lists_of_a_loader_are_not_shared_between_requests() -> None:
    async def find(keys: list[int], columns: Columns) -> list[tuple[Any, Row]]:
        return [(key, Row(key, columns)) for key in keys]

    one, other = (ManyByKey("lists", _scope(), find).reading(("id",)) for _ in range(2))
    assert await one.load(1) is not await other.load(1)


class Pages(PageByKey[int, str]):
    counted: list[list[int]]

    def page(self, size: int) -> Loader[int, LoadedPage[int, str]]:
        async def find(keys: list[int]) -> list[Page[str]]:
            return [Page([f"row of {key}"] * size) for key in keys]

        return self.pages(size, "BY_KEY", self.count, find)

    def count(self) -> Loader[int, int]:
        return self.counts((), self._count)

    def _count(self, keys: list[int]) -> Awaitable[list[int]]:
        async def count() -> list[int]:
            self.counted.append(keys)
            return [key * 100 for key in keys]

        return count()


async def test_a_page_knows_its_order_and_counts_its_list_only_when_asked() -> None:
    family = Pages("pages", _scope())
    family.counted = []
    first, second = await family.page(2).load_many([1, 2])
    assert (first.rows.rows, first.order, first.key) == (["row of 1", "row of 1"], "BY_KEY", 1)
    assert family.counted == []
    assert [await page.counts().load(page.key) for page in (first, second)] == [100, 200]


async def test_all_pages_of_a_list_are_counted_once() -> None:
    family = Pages("pages", _scope())
    family.counted = []
    small, large = await family.page(1).load(1), await family.page(3).load(1)
    assert small.counts() is large.counts()
    assert [await page.counts().load(page.key) for page in (small, large)] == [100, 100]
    assert family.counted == [[1]]


async def test_pages_that_do_not_match_their_keys_are_explained() -> None:
    async def find(keys: list[int]) -> list[Page[str]]:
        return [Page([]) for _ in keys[1:]]

    family: PageByKey[int, str] = PageByKey("pages", _scope())

    async def count(keys: list[int]) -> list[int]:
        return keys

    with pytest.raises(BatchError, match=r"pages .* 2 keys \(1, 2\)"):
        await family.pages("short", "BY_KEY", partial(family.counts, "all", count), find).load_many([1, 2])


async def test_a_page_that_was_not_read_says_so() -> None:
    family = Pages("pages", _scope())
    with pytest.raises(AssertionError, match="only the count"):
        _ = LoadedPage(None, "BY_KEY", family.count, 1).rows
