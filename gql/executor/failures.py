"""What goes wrong while fields are run, and how it becomes errors and nulls when all is run.

A value that cannot be had is a `Failed` in its place. Only if there was any, the whole result is walked once at the
end: in the order of the document, so that the paths come by themselves, and a null where none may stand goes up to the
next place where one may (GraphQL specification, "Handling Execution Errors").
"""

from collections.abc import Mapping, Sequence
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

    Where types may differ, one shape stands for all: a valid document selects nothing under one key whose shapes
    differ.
    """

    __slots__ = ("fields", "item", "non_null")

    def __init__(
        self, *, non_null: bool, item: "Shape | None" = None, fields: "Mapping[str, Shape] | None" = None
    ) -> None:
        self.non_null = non_null
        self.item = item
        self.fields: Mapping[str, Shape] = fields or {}


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
