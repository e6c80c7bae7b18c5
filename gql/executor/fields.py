"""The selected fields of a plan, by the path that each takes.

typename   the name of the type
column     an attribute of every parent
computed   a function of every parent
relation   a loader for all parents, and a key of each
loaded     a loader that a parent brings, and its key
resolver   anything else: Strawberry's own resolver, called for every parent
"""

import asyncio
from collections.abc import AsyncIterable, Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any, Protocol

from graphql import FieldNode, GraphQLField, GraphQLObjectType
from graphql.pyutils import Path
from strawberry.execution import optimized_is_awaitable

from gql.executor.arguments import Arguments
from gql.executor.failures import Failed, Shape
from gql.executor.leaves import Completer
from gql.executor.run import COMING, Run
from gql.fields import Loaded, Loads, Relation

Results = Sequence[dict[str, Any]]


class Finder(Protocol):
    """Finds the loader of a selection."""

    def arguments(self, run: Run) -> Any:
        """The arguments of the field; raises where they cannot be coerced."""

    def loads(self, run: Run, arguments: Any) -> Loads:
        """The loader that they mean; raises what says that they mean none."""


class Field:
    """One selected field, with all nodes that were merged into it."""

    def __init__(self, key: str, completer: Completer) -> None:
        self.key = key
        self.completer = completer

    @property
    def shape(self) -> Shape:
        """The shape of its type."""
        return self.completer.shape

    @property
    def shareable(self) -> bool:
        """Whether it comes out the same wherever one and the same parent stands."""
        return self.completer.shareable

    def failed(self, run: Run, error: Exception) -> Failed:
        """What stands for a value of this field that cannot be had."""
        return self.completer.failed(run, error)


class NowField(Field):
    """One whose values can be had without waiting."""

    def column(self, run: Run, sources: list[Any]) -> list[Any]:
        """The completed values."""
        raise NotImplementedError


class LaterField(Field):
    """One whose values may have to be waited for."""

    def start(self, run: Run, sources: list[Any], results: Results) -> None:
        """Ask for the values; `finish` will put them into the results."""
        raise NotImplementedError

    def finish(self, run: Run, values: list[Any], results: Results) -> None:
        """Complete the values, and put them into the results."""
        key = self.key
        for result, value in zip(results, self.completer.column(run, values), strict=True):
            result[key] = value


class TypeName(NowField):
    """`__typename`."""

    def __init__(self, key: str, completer: Completer, name: str) -> None:
        super().__init__(key, completer)
        self._name = name

    def column(self, run: Run, sources: list[Any]) -> list[Any]:
        """The name, for each."""
        del run
        return [self._name] * len(sources)


class Made(NowField):
    """A column, or a computed field: `make` takes the parent."""

    def __init__(self, key: str, completer: Completer, make: Callable[[Any], Any]) -> None:
        super().__init__(key, completer)
        self._make = make

    @classmethod
    def attribute(cls, key: str, completer: Completer, name: str) -> "Made":
        """The field that is an attribute of its parent."""
        return cls(key, completer, attrgetter(name))

    def column(self, run: Run, sources: list[Any]) -> list[Any]:
        """The value of each."""
        try:
            values = list(map(self._make, sources))
        except Exception:  # noqa: BLE001 - looked at one by one below
            values = [self._one(run, source) for source in sources]
        return self.completer.column(run, values)

    def _one(self, run: Run, source: Any) -> Any:
        try:
            return self._make(source)
        except Exception as error:  # noqa: BLE001 - it is told in the place of the value
            return self.failed(run, error)


class Related(LaterField):
    """A declared relation: one loader for the column, and all its keys at once."""

    def __init__(self, key: str, completer: Completer, declared: Relation, finder: Finder) -> None:
        super().__init__(key, completer)
        self._finder = finder
        name = declared.source.key
        self._key_of: Callable[[Any], Any] = _no_key if name is None else attrgetter(name)
        self._keyed = name is not None

    def start(self, run: Run, sources: list[Any], results: Results) -> None:
        """Give all keys to the loader."""
        try:
            arguments = self._finder.arguments(run)
        except Exception as error:  # noqa: BLE001 - it is told in the place of each value
            self.finish(run, [self.failed(run, error)] * len(sources), results)
            return
        keys, values = self._keys(run, sources)
        if not keys:
            self.finish(run, values, results)
            return
        try:
            loads = self._finder.loads(run, arguments)
        except Exception as error:  # noqa: BLE001 - it is told in the place of each value that has a key
            failed = self.failed(run, error)
            self.finish(run, [failed if value is COMING else value for value in values], results)
            return
        run.ask(loads.load_column(keys), keys, (self, values, results))

    def _keys(self, run: Run, sources: list[Any]) -> tuple[list[Any], list[Any]]:
        """The keys that there are, and what stands for each parent's value meanwhile."""
        try:
            found = list(map(self._key_of, sources))
        except Exception:  # noqa: BLE001 - looked at one by one
            found = [self._one(run, source) for source in sources]
        if not self._keyed:
            return found, [COMING] * len(found)
        keys = [key for key in found if key is not None and not isinstance(key, Failed)]
        if len(keys) == len(found):
            return keys, [COMING] * len(found)
        return keys, [key if key is None or isinstance(key, Failed) else COMING for key in found]

    def _one(self, run: Run, source: Any) -> Any:
        try:
            return self._key_of(source)
        except Exception as error:  # noqa: BLE001 - it is told in the place of the value
            return self.failed(run, error)


def _no_key(_source: object) -> None:
    """The key of a list that has no parent."""


class Brought(LaterField):
    """A value by a loader of the parent's own; parents that bring the same are asked for together."""

    def __init__(self, key: str, completer: Completer, declared: Loaded) -> None:
        super().__init__(key, completer)
        self._declared = declared

    def start(self, run: Run, sources: list[Any], results: Results) -> None:
        """Give each loader the keys of those that brought it."""
        together: dict[int, tuple[Loads, list[Any], list[dict[str, Any]]]] = {}
        for source, result in zip(sources, results, strict=True):
            try:
                loads, key = self._declared.loads(source)
            except Exception as error:  # noqa: BLE001 - it is told in the place of the value
                self.finish(run, [self.failed(run, error)], [result])
                continue
            _, keys, theirs = together.setdefault(id(loads), (loads, [], []))
            keys.append(key)
            theirs.append(result)
        for loads, keys, theirs in together.values():
            run.ask(loads.load_column(keys), keys, (self, [COMING] * len(keys), theirs))


class Resolved(LaterField):
    """Any other field: its resolver is called for each parent, and what it promises is awaited for all together.

    The info is the same for all parents of a column; its path has the response keys, and no indexes of lists.
    """

    def __init__(
        self,
        key: str,
        completer: Completer,
        definition: GraphQLField,
        nodes: list[FieldNode],
        parent: GraphQLObjectType,
        arguments: Arguments,
        path: Path,
    ) -> None:
        super().__init__(key, completer)
        self._definition = definition
        self._nodes = nodes
        self._parent = parent
        self._arguments = arguments
        self._path = path

    @property
    def shareable(self) -> bool:
        """False: nobody knows what the resolver does."""
        return False

    def start(self, run: Run, sources: list[Any], results: Results) -> None:
        """Call the resolver for each parent."""
        resolve: Any = self._definition.resolve
        try:
            arguments = self._arguments.of(run)
            info = run.core.build_resolve_info(self._definition, self._nodes, self._parent, self._path)
        except Exception as error:  # noqa: BLE001 - it is told in the place of each value
            self.finish(run, [self.failed(run, error)] * len(sources), results)
            return
        values: list[Any] = []
        promised = []
        for index, source in enumerate(sources):
            try:
                value = _read(resolve(source, info, **arguments), self.shape.item)
            except Exception as error:  # noqa: BLE001 - it is told in the place of the value
                value = self.failed(run, error)
            if self._promises(value, self.shape.item):
                promised.append((index, self._whole(run, value, self.shape.item)))
                value = COMING
            values.append(value)
        if promised:
            run.wait_for(promised, (self, values, results))
        else:
            self.finish(run, values, results)

    def _promises(self, value: Any, item: Shape | None) -> bool:
        """Whether anything in a value has to be waited for; `item` is the shape of its items where it is a list."""
        if optimized_is_awaitable(value):
            return True
        if item is None:
            return False
        if isinstance(value, list | tuple):
            if item.item is None:
                return any(map(optimized_is_awaitable, value))
            return any(self._promises(one, item.item) for one in value)
        return isinstance(value, AsyncIterable | Iterator)

    async def _whole(self, run: Run, value: Any, item: Shape | None) -> Any:
        """What was promised, with all its items."""
        if optimized_is_awaitable(value):
            value = await value
        if item is None:
            return value
        value = [one async for one in value] if isinstance(value, AsyncIterable) else _read(value, item)
        if not self._promises(value, item):
            return value
        return await asyncio.gather(*(self._item(run, one, item.item) for one in value))

    async def _item(self, run: Run, value: Any, item: Shape | None) -> Any:
        try:
            return await self._whole(run, value, item)
        except Exception as error:  # noqa: BLE001 - it is told in the place of the item
            return self.failed(run, error)


def _read(value: Any, item: Shape | None) -> Any:
    """What can be iterated only once, as a list, for its items may be promises; `item` as in `_promises`."""
    once = item is not None and isinstance(value, Iterator) and not isinstance(value, AsyncIterable)
    return list(value) if once else value
