"""Loaders that fail: for some keys, the same for whoever asks, by a number that an example chooses."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from random import Random
from typing import Any

import pytest

from loaders.batch import LoadedPage
from loaders.dispatch import Loader

LEFT_BY_CORE = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore:coroutine .* was never awaited:RuntimeWarning"
)
"""After a failure graphql-core leaves what it started to itself, and the collector finds it."""

KINDS = ("error", "null", "column", "number")


class BrokenLoaderError(Exception):
    """What a loader of these tests has for a key."""


@contextmanager
def faults(seed: int, one_in: int) -> Iterator[None]:
    """Let one key in so many bring an error, a null, or a row with something wrong in it; with 0 none does."""
    fetch = Loader._fetch_missing

    async def broken(self: Loader[Any, Any], keys: list[Any]) -> dict[Any, Any]:
        found = await fetch(self, keys)
        for key in keys:
            random = Random(f"{seed} {self.name} {key}")
            if random.randrange(one_in) == 0:
                found[key] = _broken(random, found[key], f"{self.name} {key}")
        self._known.update(found)
        return found

    with pytest.MonkeyPatch.context() as patch:
        if one_in:
            patch.setattr(Loader, "_fetch_missing", broken)
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
        if random.random() < 0.5:
            rows[index] = None if random.random() < 0.2 else row
        if is_dataclass(row) and not isinstance(row, type):
            spoiled = random.choice(sorted({field.name for field in fields(row)} - {"id"}) or ["id"])
            setattr(row, spoiled, 2**31 if kind == "number" else random.choice((None, None, object)))
    return value
