"""Columns of scalars and enums: serialised as graphql-core does, at once where nothing needs to be done."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from operator import attrgetter
from types import NoneType
from typing import Any

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    FieldNode,
    GraphQLBoolean,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from graphql.pyutils import inspect
from strawberry.schema.schema_converter import GraphQLCoreConverter

from gql.executor.failures import Failed, Shape
from gql.executor.run import Run
from gql.scalars import instant_text, plain_text

_PLAIN: dict[Any, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool, GraphQLInt: int}
"""What of each of GraphQL's own scalars is its own serialisation; of Int as far as it has 32 bits."""


_INSTANTS, _ZONES = frozenset((datetime,)), frozenset((UTC,))
_ZONE_OF = attrgetter("tzinfo")


class Completer:
    """Turns a column of values into what stands in the answer; `shape` is that of their type."""

    shape: Shape
    coordinate = ""
    """The field's, in the schema."""
    plain: frozenset[type] = frozenset()
    """Classes whose values stay as they are, whichever they are."""
    shareable = True
    """Whether one value that stands in several places may be completed once for all of them."""

    def __init__(self, nodes: Sequence[FieldNode], null_error: str | None) -> None:
        """`null_error` is the message for a null that may not be, None where it may."""
        self._nodes = nodes
        self._null_error = null_error

    def column(self, run: Run, values: list[Any]) -> list[Any]:
        """The completed values, in their order. Never raises: what fails is in its place."""
        raise NotImplementedError

    def failed(self, run: Run, error: Exception) -> Failed:
        """Note a failure."""
        run.failed = True
        return Failed(error, self._nodes)

    def absent(self, run: Run, value: Any) -> Any:
        """What becomes of a value that is null, or failed before."""
        if isinstance(value, Failed):
            run.failed = True
            return value
        if isinstance(value, Exception):
            return self.failed(run, value)
        return None if self._null_error is None else self.failed(run, TypeError(self._null_error))


def is_absent(value: Any) -> bool:
    """Whether a value is null, or failed before, so that there is nothing to complete."""
    return value is None or value is Undefined or isinstance(value, Failed | Exception)


class Leaf(Completer):
    """Scalars and enums."""

    def __init__(self, type_: GraphQLLeafType, nodes: Sequence[FieldNode], null_error: str | None) -> None:
        super().__init__(nodes, null_error)
        self.shape = Shape(non_null=null_error is not None)
        self._type = type_
        definition = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        serialize = getattr(definition, "serialize", None)
        plain = str if serialize is plain_text else _PLAIN.get(type_)
        nulls = () if null_error is not None else (NoneType,)
        self._plain: frozenset[type] = frozenset() if plain is None else frozenset((plain, *nulls))
        self._is_int = plain is int
        if not self._is_int:
            self.plain = self._plain
        self._is_instant = serialize is instant_text
        self._known: dict[Any, Any] = {None: None} if null_error is None else {}
        """Members of an enum, by their hash as graphql-core serialises them."""

    def column(self, run: Run, values: list[Any]) -> list[Any]:
        """The serialised values."""
        if self._plain:
            if self._plain.issuperset(map(type, values)) and not (self._is_int and self._goes_beyond(values)):
                return values
        elif self._is_instant:
            # The encoder of JSON writes these as the scalar would, and in a tenth of the time.
            if _INSTANTS.issuperset(map(type, values)) and _ZONES.issuperset(map(_ZONE_OF, values)):
                return values
        elif len(self._known) > 1:
            try:
                return [self._known[value] for value in values]
            except (KeyError, TypeError):
                pass
        return [self._completed(run, value) for value in values]

    def _goes_beyond(self, values: list[Any]) -> bool:
        numbers = [value for value in values if value is not None]
        return bool(numbers) and not (min(numbers) >= GRAPHQL_MIN_INT and max(numbers) <= GRAPHQL_MAX_INT)

    def _completed(self, run: Run, value: Any) -> Any:
        if is_absent(value):
            return self.absent(run, value)
        try:
            found = self._type.coerce_output_value(value)
        except Exception as error:  # noqa: BLE001 - whatever a scalar raises is the field's error
            return self.failed(run, error)
        if found is None or found is Undefined:
            shown = f"`{inspect(self._type)}.coerce_output_value({inspect(value)})`"
            message = f"Expected {shown} to return non-nullable value, returned: {inspect(found)}"
            return self.failed(run, TypeError(message))
        if isinstance(value, Enum):
            self._known[value] = found
        return found
