"""What a request read goes away with it, and does not wait for the garbage collector."""

import asyncio
import gc
from collections.abc import Iterator
from functools import partial
from typing import Any, cast
from weakref import ref

import pytest

from core.viewer import ANONYMOUS, Asker
from db.database import ReadSession
from db.pages import Page
from db.rows import Columns
from loaders.batch import ByKey, PageByKey, Scope
from loaders.dispatch import Scheduler


class Row:
    pass


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def _scope() -> Scope:
    return Scope(cast("ReadSession", None), Asker(ANONYMOUS), Scheduler())


@pytest.mark.usefixtures("uncollected")
async def test_rows_go_when_their_scope_is_closed() -> None:
    async def find(keys: list[int], columns: Columns) -> list[tuple[Any, Row]]:
        del columns
        return [(key, Row()) for key in keys]

    scope = _scope()
    row = ref(await ByKey("rows", scope, find).reading(("id",)).load(1))
    await asyncio.sleep(0)  # the batch's task ends
    assert row() is not None
    scope.close()
    assert row() is None


@pytest.mark.usefixtures("uncollected")
async def test_pages_go_when_their_scope_is_closed() -> None:
    async def find(keys: list[int]) -> list[Page[Row]]:
        return [Page([Row()]) for _ in keys]

    async def count(keys: list[int]) -> list[int]:
        return [1 for _ in keys]

    scope = _scope()
    family: PageByKey[int, Row] = PageByKey("rows", scope)
    page = await family.pages((), "ID", partial(family.counts, (), count), find).load(1)
    row = ref(page.rows.rows[0])
    del page, family
    await asyncio.sleep(0)  # the batch's task ends
    assert row() is not None
    scope.close()
    assert row() is None
