"""Loaders that fail: some altogether, others for some keys.

The same for whoever asks, by a number that an example chooses.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from random import Random
from typing import Any

import pytest

from db.rows import Row
from loaders.batch import LoadedPage
from loaders.dispatch import Fetch, Loader, Scheduler


@pytest.fixture(autouse=True, scope="module")
def what_core_leaves() -> Iterator[None]:
    """After a failure graphql-core leaves what it started to itself: whoever collects it hears nothing of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "unraisablehook", lambda _: None)
        yield
        gc.collect()


KINDS = ("error", "null", "column", "number")


class BrokenLoaderError(Exception):
    """What a loader of these tests has for a key."""


@contextmanager
def faults(seed: int, one_in: int) -> Iterator[None]:
    """Let one key in so many bring an error, a null, or a row with something wrong in it; with 0 none does."""
    made = Loader.__init__

    def make(self: Loader[Any, Any], name: str, fetch: Fetch[Any, Any], scheduler: Scheduler) -> None:
        async def broken(keys: list[Any]) -> list[Any]:
            if Random(f"{seed} {name}").randrange(8) == 0:
                raise BrokenLoaderError(name)
            found = list(await fetch(keys))
            for index, key in enumerate(keys):
                random = Random(f"{seed} {name} {key}")
                if random.randrange(one_in) == 0:
                    found[index] = _broken(random, found[index], f"{name} {key}")
            return found

        made(self, name, broken, scheduler)

    with pytest.MonkeyPatch.context() as patch:
        if one_in:
            patch.setattr(Loader, "__init__", make)
        yield


def _broken(random: Random, value: Any, name: str) -> Any:
    kind = random.choice(KINDS)
    if kind == "error":
        return BrokenLoaderError(name)
    if kind == "null":
        return None
    rows = value if isinstance(value, list) else [value]
    if isinstance(value, LoadedPage) and value.page is not None:
        rows = value.page.rows
    if isinstance(value, int):
        return 2**31 if kind == "number" else "many"
    for index, row in enumerate(rows):
        if random.random() < 0.1:
            rows[index] = None
        elif isinstance(row, Row):
            kind_of_row: Any = type(row)
            spoiled = random.choice(sorted({*kind_of_row.__match_args__} - {"id"}) or ["id"])
            # Another row: this one may stand in other lists, too.
            rows[index] = _spoiled(kind_of_row)(
                row, spoiled, 2**31 if kind == "number" else random.choice((None, object))
            )
    return value if isinstance(value, list | LoadedPage) else rows[0]


@cache
def _spoiled(kind: Any) -> Any:
    """What passes for a row of this class, with something wrong in it; nobody but the driver makes real ones."""

    class Spoiled:
        def __init__(self, row: Row, column: str, value: object) -> None:
            self._row = row
            setattr(self, column, value)

        __class__ = kind

        def __getattr__(self, name: str) -> Any:
            return getattr(self._row, name)

        def __getitem__(self, place: int) -> Any:
            return self._row[place]

    return Spoiled
