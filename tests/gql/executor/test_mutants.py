"""Executors with a fault in them are told from graphql-core by the same comparison: it is not blind."""

from collections.abc import AsyncIterator, Callable
from random import Random
from typing import Any

import pytest

from gql.executor import execution, leaves, marks, plans, values
from gql.executor.arguments import Arguments
from gql.executor.failures import Settling
from gql.executor.fields import Brought, Related
from gql.executor.leaves import Completer, Leaf
from gql.executor.selected import Selected
from gql.executor.values import ListOf, Objects, OneOf
from loaders.batches import Batch
from tests.fixtures.servers import NewDatabase
from tests.gql.executor.faults import faults, what_core_leaves
from tests.gql.executor.stage import SCHEMA, Stage, staged, variants
from tests.gql.executor.twins import differences
from tests.model.choices import Choices
from tests.model.queries import random_query

TRIES = 400

Mutation = Callable[[pytest.MonkeyPatch], None]


__all__ = ["what_core_leaves"]


@pytest.fixture(scope="module")
async def stage(new_database: NewDatabase, redis_url: str) -> AsyncIterator[Stage]:
    async with staged((3, 8), new_database, redis_url) as stage:
        yield stage


def _of(owner: Any, name: str, make: Callable[[Any], Any]) -> Mutation:
    """Replace an attribute by what is made of it."""
    return lambda patch: patch.setattr(owner, name, make(getattr(owner, name)))


def _first_for_all(names: Any) -> Any:
    del names
    return lambda self, _run, _value: next(iter(self._objects))


MUTANTS: dict[str, Mutation] = {
    "a null stays where it may not be": _of(
        Settling, "_value", lambda real: lambda self, value, shape: _nulled(real(self, value, shape))
    ),
    "a null goes up although it may stay": _of(
        leaves, "Shape", lambda real: lambda *, non_null, **more: real(non_null=non_null or True, **more)
    ),
    "null where none may be is no failure": _of(
        Completer, "absent", lambda real: lambda self, run, value: None if value is None else real(self, run, value)
    ),
    "paths have no indexes": _of(
        Settling, "_items", lambda _: lambda self, found, shape: [self._value(one, shape) for one in found]
    ),
    "an error is told of the last of the merged nodes": _of(
        Completer, "failed", lambda real: lambda self, run, error: _renamed(real(self, run, error))
    ),
    "integers have no bounds": _of(Leaf, "_goes_beyond", lambda _: lambda *_args: False),
    "values of scalars are taken as they are": _of(Leaf, "_completed", lambda _: lambda _self, _run, value: value),
    "lists of a column change places": _of(
        ListOf, "column", lambda real: lambda self, run, found: [*reversed(real(self, run, found))]
    ),
    "all objects of an interface are of its first type": _of(OneOf, "_name", _first_for_all),
    "whether an object is of its type is not asked": _of(Objects, "_mark", lambda _: lambda *_args: values._PRESENT),
    "keys of the answer come in another order": _of(
        Selected, "__init__", lambda real: lambda self, found: real(self, dict(reversed(found.items())))
    ),
    "the values of conditions are forgotten": _of(plans, "_conditions_of", lambda _: lambda _document: ()),
    "arguments are taken for constants": _of(Arguments, "are_constant", lambda _: True),
    "parents without a key are asked for": _of(
        Related, "_keys", lambda real: lambda self, run, found: _without_nulls(real(self, run, found))
    ),
    "values come in another order than keys": _of(
        Batch, "answers", lambda real: lambda self, keys: real(self, keys)[::-1]
    ),
    "counts are those of the first parent": _of(
        Brought, "start", lambda real: lambda self, run, found, into: real(self, run, [found[0]] * len(found), into)
    ),
    "failures are not looked for": _of(execution, "Settling", lambda _: _Careless),
    "what loaders fail with is null": _of(
        Batch, "answers", lambda real: lambda self, keys: [None] * len(keys) if self._error else real(self, keys)
    ),
    "variables come into the places of others": _of(
        marks, "itemgetter", lambda _: lambda name: lambda given: [*given.values()][-1 - [*given].index(name)]
    ),
}
"""By what is wrong with it."""

RARE = {
    "a null goes up although it may stay": 200,
    "an error is told of the last of the merged nodes": 164,
    "parents without a key are asked for": 164,
    "lists of a column change places": 117,
    "arguments are taken for constants": 66,
    "integers have no bounds": 37,
    "counts are those of the first parent": 23,
    "values come in another order than keys": 23,
    "whether an object is of its type is not asked": 18,
}
"""The seeds to begin at, where the ones before are known to show nothing."""


def _nulled(value: Any) -> Any:
    return None if type(value).__name__ == "_Raised" else value


def _renamed(failed: Any) -> Any:
    failed.nodes = failed.nodes[-1:]
    return failed


def _without_nulls(found: tuple[list[Any], list[Any]]) -> tuple[list[Any], list[Any]]:
    keys, places = found
    return keys, sorted(places, key=lambda place: place is None)


class _Careless(Settling):
    def settle(self, result: Any, shapes: Any) -> Any:
        del shapes
        return result


@pytest.mark.parametrize("name", MUTANTS)
async def test_a_planted_fault_is_found(name: str, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    # Plans that were made without the fault must not be used.
    stage.twins.compiled._plans._plans.clear()
    MUTANTS[name](monkeypatch)
    found = await _first_found(stage, range(RARE.get(name, 0), TRIES))
    assert found is not None, f"nobody saw that {name}"
    print(f"\n{name}: {' '.join(found.split())[:300]}")  # noqa: T201 - for whoever proves


async def _first_found(stage: Stage, seeds: range) -> str | None:
    """The first difference between the executors, by random queries of these seeds."""
    for seed in seeds:
        random = Random(seed)
        stored = stage.blogs[seed % len(stage.blogs)]
        query = random_query(Choices(random.randrange), SCHEMA, stored.pool)
        viewer, document = random.choice(stored.viewers), stage.preparer.prepare(query.text)
        for given in variants(query):
            with faults(seed, (0, 2, 4)[seed % 3]):
                expected = await stage.twins.half(document, given, stored.database, viewer, compiled=False)
                try:
                    found = await stage.twins.half(document, given, stored.database, viewer, compiled=True)
                    difference = differences(expected, found)
                except Exception as error:  # noqa: BLE001 - found, if anything is
                    return f"{seed}: {error!r}"
            if difference is not None:
                return f"{seed}: {difference}"
    return None


async def test_without_a_fault_none_is_found(stage: Stage) -> None:
    assert await _first_found(stage, range(150, 170)) is None
