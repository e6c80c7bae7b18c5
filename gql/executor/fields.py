"""The selected fields of a plan, by the path that each takes.

typename   the name of the type
column     an attribute of every parent
computed   a function of every parent
relation   a loader for all parents, and a key of each
loaded     a loader that a parent brings, and its key
looked up  a loader and a key that the arguments name
resolver   anything else: Strawberry's own resolver, called for every parent (gql/executor/resolved.py)
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Protocol

from gql.executor.failures import Failed, Shape
from gql.executor.leaves import Completer
from gql.executor.run import COMING, Run
from gql.fields import Loaded, Loads, Relation

Results = Sequence[dict[str, Any]]

Reader = Callable[[Run, list[Any]], list[Any]]
"""What makes the completed values of a field from its parents."""


class Finder(Protocol):
    """Finds the loader of a selection."""

    def arguments(self, run: Run) -> Any:
        """The arguments of the field; raises where they cannot be coerced."""

    def loads(self, run: Run, arguments: Any) -> Loads:
        """The loader that they mean; raises what says that they mean none."""


class PairFinder(Protocol):
    """Finds the loader and the key of a selection."""

    def found(self, run: Run) -> tuple[Loads, Any] | None:
        """Both, or None; raises where the arguments cannot be coerced, or mean nothing."""


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
    def coordinate(self) -> str:
        """Where the schema has it: `Post.author`."""
        return self.completer.coordinate

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

    def reader(self) -> Reader:
        """The same as `column`, perhaps by a shorter way."""
        return self.column


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

    def reader(self) -> Reader:
        """By what looks itself whether the values can stay as they are, as those of most leaves can."""
        plain, make, complete, column = self.completer.plain, self._make, self.completer.column, self.column
        if not plain:
            return column

        def read(run: Run, sources: list[Any]) -> list[Any]:
            try:
                values = list(map(make, sources))
            except Exception:  # noqa: BLE001 - looked at one by one there
                return column(run, sources)
            return values if plain.issuperset(map(type, values)) else complete(run, values)

        return read

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
            if not self._keyed or None not in found:
                return found, [COMING] * len(found)
        except Exception:  # noqa: BLE001 - looked at one by one
            found = [self._one(run, source) for source in sources]
        keys = [key for key in found if key is not None and not isinstance(key, Failed)]
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


class Sought(LaterField):
    """A value by a loader and a key that hang from no parent."""

    def __init__(self, key: str, completer: Completer, finder: PairFinder) -> None:
        super().__init__(key, completer)
        self._finder = finder

    def start(self, run: Run, sources: list[Any], results: Results) -> None:
        """Give the key to the loader."""
        try:
            found = self._finder.found(run)
        except Exception as error:  # noqa: BLE001 - it is told in the place of each value
            self.finish(run, [self.failed(run, error)] * len(sources), results)
            return
        if found is None:
            self.finish(run, [None] * len(sources), results)
            return
        loads, key = found
        keys = [key] * len(sources)
        run.ask(loads.load_column(keys), keys, (self, [COMING] * len(keys), results))
