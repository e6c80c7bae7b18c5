"""Faults that only the schema of corner cases shows; those of `test_mutants.py` the real one shows."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from graphql import GraphQLSchema
from strawberry.execution import optimized_is_awaitable

from gql.executor import execution, leaves, values
from gql.executor.arguments import Arguments
from gql.executor.compiler import Compiler
from gql.executor.failures import Failed, Settling, Shape
from gql.executor.fields import LaterField
from gql.executor.leaves import Completer, Leaf
from gql.executor.resolved import Resolved
from gql.executor.values import ListOf
from tests.gql.executor.core_adapter import compiled
from tests.gql.executor.corner import compared
from tests.gql.executor.faults import what_core_leaves
from tests.gql.executor.odd import odd_schema

__all__ = ["what_core_leaves"]

TRIES = 150
RARE = {"the shape of the last type stands for all": 56, "items may be null where they may not": 3}
"""The seeds to begin at, where the ones before are known to show nothing."""

Mutation = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return odd_schema()


def _of(owner: Any, name: str, make: Callable[[Any], Any]) -> Mutation:
    """Replace an attribute by what is made of it."""
    return lambda patch: patch.setattr(owner, name, make(getattr(owner, name)))


def _both(*mutations: Mutation) -> Mutation:
    def mutate(patch: pytest.MonkeyPatch) -> None:
        for one in mutations:
            one(patch)

    return mutate


def _last(selections: Iterable[Mapping[str, Shape]]) -> dict[str, Shape]:
    return {key: shape for one in selections for key, shape in one.items()}


def _looser(real: Any) -> Any:
    def make(self: ListOf, *given: Any) -> None:
        real(self, *given)
        item = self.shape.item
        assert item is not None
        item = Shape(non_null=False, item=item.item, fields=item.fields)
        self.shape = Shape(non_null=self.shape.non_null, item=item)

    return make


def _late_last(real: Any) -> Any:
    def finish(self: LaterField, run: Any, found: Any, results: Any) -> None:
        for result in results:
            result.pop(self.key, None)
        real(self, run, found, results)

    return finish


def _first_arguments(real: Any) -> Any:
    known: dict[Any, Any] = {}

    def of(self: Arguments, run: Any) -> Any:
        if id(self._node) not in known:
            known[id(self._node)] = (self, real(self, run))
        return known[id(self._node)][1]

    return of


def _given_arguments(real: Any) -> Any:
    def of(self: Arguments, run: Any) -> Any:
        names = {one.name.value for one in self._node.arguments or ()}
        return {name: value for name, value in real(self, run).items() if name in names}

    return of


def _calm_leaf(real: Any) -> Any:
    def completed(self: Leaf, run: Any, value: Any) -> Any:
        found = real(self, run, value)
        is_empty = isinstance(found, Failed) and "to return non-nullable value" in str(found.error)
        return None if is_empty else found

    return completed


MUTANTS: dict[str, Mutation] = {
    "items of lists are not awaited": _of(
        Resolved, "_promises", lambda _: lambda _self, value, _item: optimized_is_awaitable(value)
    ),
    "items of lists of lists are not awaited": _of(
        Resolved, "_promises", lambda real: lambda self, value, item: real(self, value, item and Shape(non_null=False))
    ),
    "errors that resolvers return are nulls": _of(
        Completer,
        "absent",
        lambda real: lambda self, run, value: real(self, run, None if isinstance(value, Exception) else value),
    ),
    "errors that resolvers return are values": _both(
        _of(leaves, "is_absent", lambda _: lambda value: value is None or isinstance(value, Failed)),
        _of(values, "is_absent", lambda _: lambda value: value is None or isinstance(value, Failed)),
    ),
    "fields of mutations run at once": _of(execution, "_in_order", lambda _: execution._at_once),
    "a mutation goes on after a null that went up to the root": _of(
        Settling, "settle", lambda real: lambda self, *given: real(self, *given) or {}
    ),
    "what is no list becomes one": _of(
        ListOf, "_listed", lambda real: lambda self, run, value: [value] if value == 7 else real(self, run, value)
    ),
    "the shape of the last type stands for all": _of(values, "together", lambda _: _last),
    "items may be null where they may not": _of(ListOf, "__init__", _looser),
    "fields that wait come last": _of(LaterField, "finish", _late_last),
    "arguments are those of the first run": _of(Arguments, "of", _first_arguments),
    "arguments have no defaults": _of(Arguments, "of", _given_arguments),
    "indexes in paths are one too high": _of(
        Settling,
        "_items",
        lambda real: (
            lambda self, found, shape: real(self, found, shape) if len(found) < 2 else _shifted(self, found, shape)
        ),
    ),
    "scalars may answer nothing": _of(Leaf, "_completed", _calm_leaf),
    "of merged nodes only the first is looked into": _of(
        Compiler, "_under", lambda real: lambda self, type_, nodes, path: real(self, type_, nodes[:1], path)
    ),
}


def _shifted(self: Any, found: list[Any], shape: Shape) -> Any:
    settled = []
    for index, value in enumerate(found):
        self._path.append(index + 1)
        one = self._value(value, shape)
        self._path.pop()
        if type(one).__name__ == "_Raised":
            return one
        settled.append(one)
    return settled


@pytest.mark.parametrize("name", MUTANTS)
async def test_a_planted_fault_is_found(name: str, schema: GraphQLSchema, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[name](monkeypatch)
    found = await _first_found(schema, range(RARE.get(name, 0), TRIES))
    assert found is not None, f"nobody saw that {name}"
    print(f"\n{name}: {' '.join(found.split())[:300]}")  # noqa: T201 - for whoever proves


async def _first_found(schema: GraphQLSchema, seeds: range) -> str | None:
    executor = compiled(schema)
    for seed in seeds:
        for kind in ("query", "mutation"):
            try:
                async for _, difference, _ in compared(schema, executor, kind, seed):
                    if difference is not None:
                        return f"{kind} {seed}: {difference}"
            except Exception as error:  # noqa: BLE001 - found, if anything is
                return f"{kind} {seed}: {error!r}"
    return None


async def test_without_a_fault_none_is_found(schema: GraphQLSchema) -> None:
    assert await _first_found(schema, range(1000, 1020)) is None
