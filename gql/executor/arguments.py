"""The arguments of a selected field: coerced by graphql-core, made into Python's by Strawberry.

Both take long. Variables were coerced before, and stand in the arguments as they are, whatever their values, as long as
they are given and not null. So it is worked out once for each pattern of variables that are absent, null or given, with
marks in place of those that are given; a run puts its values there. What this cannot be done for is worked out by each.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from graphql import FieldNode, GraphQLField, Visitor, get_argument_values, visit
from graphql.execution.values import VariableValues
from graphql.language import VariableNode
from strawberry import Schema
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from gql.executor.marks import Maker, Mark, maker_of
from gql.executor.run import Run

MOST_PATTERNS = 16
"""Of one field that are remembered."""

_GIVEN: Final = "given"


class Arguments:
    """The arguments of one selected field, the same for every parent."""

    def __init__(self, definition: GraphQLField, node: FieldNode, *, hide_suggestions: bool) -> None:
        self._definition = definition
        self._node = node
        self._hide_suggestions = hide_suggestions
        self._any = bool(definition.args or node.arguments)

    @property
    def are_constant(self) -> bool:
        """Whether they are the same in every run."""
        return not self.variables

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables in them, as often as they stand there."""
        found = _Variables()
        for argument in self._node.arguments or ():
            visit(argument, found)
        return tuple(found.names)

    def of(self, run: Run) -> dict[str, Any]:
        """Their coerced values by name.

        Raises:
            GraphQLError: of one that cannot be coerced.

        """
        return self.under(run.variables)

    def under(self, variables: VariableValues) -> dict[str, Any]:
        """The same, with these variables."""
        if not self._any:
            return {}
        return get_argument_values(
            self._definition, self._node, variables, None, hide_suggestions=self._hide_suggestions
        )


class Converted:
    """The arguments as Strawberry hands them to a resolver."""

    def __init__(self, schema: Schema, field: StrawberryField, arguments: Arguments) -> None:
        self._schema = schema
        self._field = field
        self._arguments = arguments
        self._variables = arguments.variables
        self._makers: dict[tuple[Any, ...], Maker | None] = {}

    @property
    def are_constant(self) -> bool:
        """Whether they are the same in every run."""
        return self._arguments.are_constant

    def of(self, run: Run) -> dict[str, Any]:
        """The arguments of a run. Those that are the same in each may be the same objects.

        Raises:
            GraphQLError: one cannot be coerced.

        """
        if not self._variables:
            return self._converted(self._arguments.of(run))
        values = run.variables.coerced
        pattern = tuple([_GIVEN if values.get(name) is not None else name in values for name in self._variables])
        try:
            maker = self._makers[pattern]
        except KeyError:
            maker = self._maker(pattern)
        if maker is None:
            return self._converted(self._arguments.of(run))
        made: dict[str, Any] = maker(values)
        return made

    def _converted(self, values: Mapping[str, Any]) -> dict[str, Any]:
        registry = self._schema.schema_converter.scalar_registry
        config = self._schema.config
        return convert_arguments(dict(values), self._field.arguments, scalar_registry=registry, config=config)

    def _maker(self, pattern: tuple[Any, ...]) -> Maker | None:
        """What makes the arguments, where the variables have this pattern; None where that must be worked out."""
        if len(self._makers) >= MOST_PATTERNS:
            return None
        states = dict(zip(self._variables, pattern, strict=True))
        marks = {name: Mark(name) if state is _GIVEN else None for name, state in states.items() if state}
        try:
            found = self._converted(self._arguments.under(VariableValues({}, marks)))
            maker = maker_of(found, marks=[name for name in self._variables if states[name] is _GIVEN])
        except Exception:  # noqa: BLE001 - what is wrong with them is told by whoever runs them
            maker = None
        self._makers[pattern] = maker
        return maker


class _Variables(Visitor):
    """The variables in nodes."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.names.append(node.name.value)
