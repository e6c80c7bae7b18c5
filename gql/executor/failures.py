"""What goes wrong while fields are run, and how it becomes errors and nulls when all is run.

A value that cannot be had is a `Failed` in its place. Only if there was any, the whole result is walked once at the
end: in the order of the document, so that the paths come by themselves, and a null where none may stand goes up to the
next place where one may (GraphQL specification, "Handling Execution Errors").
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from graphql import FieldNode, GraphQLError
from graphql.error import located_error


class Failed:
    """Stands for a value that cannot be had."""

    __slots__ = ("error", "nodes")

    def __init__(self, error: Exception, nodes: Sequence[FieldNode]) -> None:
        self.error = error
        self.nodes = nodes


class Shape:
    """What of a place's type decides how far a null goes up: whether it may be null, and what lies below it.

    Where types may differ, one shape stands for all of them, see `together`.
    """

    __slots__ = ("fields", "item", "non_null")

    def __init__(
        self, *, non_null: bool, item: "Shape | None" = None, fields: "Mapping[str, Shape] | None" = None
    ) -> None:
        self.non_null = non_null
        self.item = item
        self.fields: Mapping[str, Shape] = fields or {}


class DifferingShapesError(Exception):
    """What is selected under one key has no shape that stands for all types; the message is the key."""


def together(selections: Iterable[Mapping[str, Shape]]) -> dict[str, Shape]:
    """The shapes under the keys of several types, for results whose type nobody remembers.

    Raises:
        DifferingShapesError: a place may be null in one type and not in another. A valid document can have that: what
            it selects of an interface may be stricter in the types that implement it.

    """
    found: dict[str, Shape] = {}
    for shapes in selections:
        for key, shape in shapes.items():
            found[key] = _merged(found[key], shape, key) if key in found else shape
    return found


def _merged(one: Shape, other: Shape, key: str) -> Shape:
    if one is other:
        return one
    if one.non_null != other.non_null or (one.item is None) != (other.item is None):
        raise DifferingShapesError(key)
    item = None if one.item is None or other.item is None else _merged(one.item, other.item, key)
    return Shape(non_null=one.non_null, item=item, fields=together((one.fields, other.fields)))


class _Raised:
    """Stands for a null that may not stand where it is."""


_RAISED: Final = _Raised()


class Settling:
    """Turns what failed into nulls, and collects the errors."""

    def __init__(self) -> None:
        self.errors: list[GraphQLError] = []
        self._path: list[str | int] = []

    def settle(self, result: dict[str, Any], shapes: Mapping[str, Shape]) -> dict[str, Any] | None:
        """The result with nulls where something failed; None where that goes up to the root.

        It is a new one: what stands in several places is walked in each, for each has its own errors.
        """
        settled = self._fields(result, shapes)
        return None if settled is _RAISED else settled

    def _value(self, value: Any, shape: Shape) -> Any:
        if isinstance(value, Failed):
            self.errors.append(located_error(value.error, value.nodes, [*self._path]))
            settled: Any = _RAISED
        elif shape.item is not None and isinstance(value, list):
            settled = self._items(value, shape.item)
        elif shape.fields and isinstance(value, dict):
            settled = self._fields(value, shape.fields)
        else:
            return value
        return None if settled is _RAISED and not shape.non_null else settled

    def _items(self, values: list[Any], shape: Shape) -> Any:
        settled = []
        for index, value in enumerate(values):
            self._path.append(index)
            one = self._value(value, shape)
            self._path.pop()
            if one is _RAISED:
                return _RAISED
            settled.append(one)
        return settled

    def _fields(self, values: dict[str, Any], shapes: Mapping[str, Shape]) -> Any:
        settled = {}
        for key, value in values.items():
            self._path.append(key)
            one = self._value(value, shapes[key])
            self._path.pop()
            if one is _RAISED:
                return _RAISED
            settled[key] = one
        return settled
