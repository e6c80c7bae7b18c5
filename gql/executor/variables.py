"""The variables of an operation: coerced by graphql-core, but for plain values that fit as they are.

These are strings, booleans and integers for variables of GraphQL's own scalars, and names of members of enums. As soon
as one value is none of these, graphql-core coerces all of them, and tells what is wrong.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLID,
    GraphQLInt,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    VariableDefinitionNode,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

_MISFIT: Final = object()
"""Stands for a value that only graphql-core can coerce, or refuse."""

_CLASSES: Mapping[Any, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool, GraphQLInt: int}


class Variables:
    """The variables of one operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        definitions: Sequence[VariableDefinitionNode],
        *,
        most_errors: int,
        hide_suggestions: bool,
    ) -> None:
        """`most_errors` are told of those that cannot be coerced."""
        self._schema = schema
        self._definitions = definitions
        self._most_errors = most_errors
        self._hide_suggestions = hide_suggestions
        found = [_Variable.of(schema, one) for one in definitions]
        self._plain = [one for one in found if one is not None]
        self._all_plain = len(self._plain) == len(found)

    def of(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The coerced values of what was given; or the errors, where they cannot be."""
        found = self._fitting(given) if self._all_plain else None
        if found is not None:
            return found
        coerced = get_variable_values(
            self._schema,
            self._definitions,
            dict(given),
            max_errors=self._most_errors,
            hide_suggestions=self._hide_suggestions,
        )
        if isinstance(coerced, list):
            for error in coerced:
                _let_go(error)
        return coerced

    def _fitting(self, given: Mapping[str, Any]) -> VariableValues | None:
        """The values as they are; None if one does not fit."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for one in self._plain:
            value = given.get(one.name, Undefined)
            if value is Undefined:
                if one.default is _MISFIT:
                    return None
                sources[one.name] = one.absent
                if one.default is not Undefined:
                    coerced[one.name] = one.default
                continue
            found = one.fitting(value)
            if found is _MISFIT:
                return None
            sources[one.name] = VariableValueSource(one.absent.signature, value)
            coerced[one.name] = found
        return VariableValues(sources, coerced)


def _let_go(error: BaseException | None) -> None:
    """Forget where an error was raised: those frames hold it, and all that was given, until they are collected."""
    while error is not None:
        error.__traceback__ = None
        error = getattr(error, "original_error", None) or error.__cause__ or error.__context__


class _Variable:
    """One variable of a plain type."""

    __slots__ = ("_class", "_members", "_nullable", "absent", "default", "name")

    def __init__(
        self, schema: GraphQLSchema, absent: VariableValueSource, definition: VariableDefinitionNode, type_: Any
    ) -> None:
        self.absent = absent
        self.name = absent.signature.name
        self._nullable = not is_non_null_type(absent.signature.type)
        alone = get_variable_values(schema, [definition], {})
        # What it has where nothing is given; Undefined for nothing.
        self.default = alone.coerced.get(self.name, Undefined) if isinstance(alone, VariableValues) else _MISFIT
        self._class = _CLASSES.get(type_)
        self._members = (
            {name: type_.coerce_input_value(name) for name in type_.values}
            if isinstance(type_, GraphQLEnumType)
            else {}
        )

    @classmethod
    def of(cls, schema: GraphQLSchema, definition: VariableDefinitionNode) -> "_Variable | None":
        """The variable of a definition; None where it is of another type."""
        signature = get_variable_signature(schema, definition)
        if isinstance(signature, GraphQLError):
            return None
        type_ = signature.type.of_type if is_non_null_type(signature.type) else signature.type
        if type_ not in _CLASSES and not isinstance(type_, GraphQLEnumType):
            return None
        return cls(schema, VariableValueSource(signature), definition, type_)

    def fitting(self, value: Any) -> Any:
        """The value as it is coerced, if it fits as it is."""
        if value is None:
            return None if self._nullable else _MISFIT
        if self._class is None:
            return self._members.get(value, _MISFIT) if type(value) is str else _MISFIT
        kind: Any = type(value)
        if kind is not self._class or (kind is int and not GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT):
            return _MISFIT
        return value
