"""Columns of lists and of objects."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Final, cast

from graphql import FieldNode, GraphQLError, GraphQLObjectType
from graphql.pyutils import inspect, is_iterable

from gql.executor.failures import Shape, together
from gql.executor.leaves import Completer, is_absent
from gql.executor.run import Run
from gql.executor.selected import Selected

MOST_CLASSES = 1_000
"""How many classes each place remembers: rows have one for each set of columns."""

TypeOf = Callable[[Run, Any], GraphQLObjectType]
"""Tells a value's type; raises where it has none that fits."""


class ListOf(Completer):
    """Lists, whose items are one long column for all of them."""

    def __init__(self, items: Completer, nodes: Sequence[FieldNode], null_error: str | None, where: str) -> None:
        super().__init__(nodes, null_error)
        self.shape = Shape(non_null=null_error is not None, item=items.shape)
        self.shareable = items.shareable
        self._items = items
        self._where = where

    def column(self, run: Run, values: list[Any]) -> list[Any]:
        """Each list with its items completed."""
        if _LISTS.issuperset(map(type, values)):
            return self._completed(run, values)
        values = [value if type(value) is list else self._listed(run, value) for value in values]
        done = iter(self._completed(run, [value for value in values if type(value) is list]))
        return [next(done) if type(value) is list else value for value in values]

    def _completed(self, run: Run, lists: list[list[Any]]) -> list[list[Any]]:
        done = self._items.column(run, list(chain.from_iterable(lists)))
        if len(lists) == 1:
            return [done]
        items = iter(done)
        return [list(islice(items, number)) for number in map(len, lists)]

    def _listed(self, run: Run, value: Any) -> Any:
        """A list of what can be iterated; what is none stays what it is."""
        if is_absent(value):
            return self.absent(run, value)
        if not is_iterable(value):
            return self.failed(run, GraphQLError(f"Expected Iterable, but did not find one for field '{self._where}'."))
        try:
            return list(value)
        except Exception as error:  # noqa: BLE001 - whatever iterating raises is the field's error
            return self.failed(run, error)


_LISTS = frozenset((list,))


class _Present:
    """Stands for an object that is there, of a class that was seen to fit."""


_PRESENT: Final = _Present()


class Objects(Completer):
    """Objects of one type. Whether a value is of it is asked once for each class of values."""

    def __init__(
        self, selected: Selected, type_: GraphQLObjectType, nodes: Sequence[FieldNode], null_error: str | None
    ) -> None:
        super().__init__(nodes, null_error)
        self.shape = Shape(non_null=null_error is not None, fields=selected.shapes)
        self.shareable = selected.shareable
        self._selected = selected
        self._type = type_
        self._classes: set[type] = set()

    def column(self, run: Run, values: list[Any]) -> list[Any]:
        """What is selected of each object."""
        if self._classes.issuperset(map(type, values)):
            return self._selected_of(run, values)
        marks = [_PRESENT if type(value) in self._classes else self._mark(run, value) for value in values]
        present = [value for value, mark in zip(values, marks, strict=True) if mark is _PRESENT]
        done = iter(self._selected_of(run, present))
        return [next(done) if mark is _PRESENT else mark for mark in marks]

    def _selected_of(self, run: Run, values: list[Any]) -> list[Any]:
        """What is selected of each; once for an object that stands in several places, as what loaders bring does."""
        if self.shareable and len(values) > 1:
            places = dict(zip(map(id, values), values, strict=True))
            if len(places) < len(values):
                done = dict(zip(places, self._selected.column(run, list(places.values())), strict=True))
                return list(map(done.__getitem__, map(id, values)))
        return self._selected.column(run, values)

    def _mark(self, run: Run, value: Any) -> Any:
        if is_absent(value):
            return self.absent(run, value)
        try:
            # Ours look at the class alone, and never at the info.
            if self._type.is_type_of is None or self._type.is_type_of(value, cast("Any", None)):
                remember(self._classes, type(value))
                return _PRESENT
        except Exception as error:  # noqa: BLE001 - whatever the check raises is the field's error
            return self.failed(run, error)
        return self.failed(
            run, GraphQLError(f"Expected value of type '{self._type}' but got: {inspect(value)}.", self._nodes)
        )


def remember(classes: set[type], one: type) -> None:
    """Remember a class, of which there are not endlessly many."""
    if len(classes) >= MOST_CLASSES:
        classes.clear()
    classes.add(one)


class OneOf(Completer):
    """Objects of an interface or a union. Which type a value has is asked once for each class of values.

    Raises:
        DifferingShapesError: no shape stands for all of its types.

    """

    def __init__(
        self, objects: Mapping[str, Objects], type_of: TypeOf, nodes: Sequence[FieldNode], null_error: str | None
    ) -> None:
        super().__init__(nodes, null_error)
        fields = together(one.shape.fields for one in objects.values())
        self.shape = Shape(non_null=null_error is not None, fields=fields)
        self.shareable = all(one.shareable for one in objects.values())
        self._objects = objects
        self._type_of = type_of
        self._names: dict[type, str] = {}

    def column(self, run: Run, values: list[Any]) -> list[Any]:
        """What is selected of each object, as it is selected of its type."""
        found: list[Any] = [None] * len(values)
        by_type: dict[str, list[int]] = {}
        for index, value in enumerate(values):
            name = self._names.get(type(value)) or self._name(run, value)
            if isinstance(name, str):
                by_type.setdefault(name, []).append(index)
            else:
                found[index] = name
        for name, indexes in by_type.items():
            done = self._objects[name].column(run, [values[index] for index in indexes])
            for index, one in zip(indexes, done, strict=True):
                found[index] = one
        return found

    def _name(self, run: Run, value: Any) -> Any:
        if is_absent(value):
            return self.absent(run, value)
        try:
            name = self._type_of(run, value).name
        except Exception as error:  # noqa: BLE001 - a value without a type is the field's error
            return self.failed(run, error)
        if len(self._names) >= MOST_CLASSES:
            self._names.clear()
        self._names[type(value)] = name
        return name
