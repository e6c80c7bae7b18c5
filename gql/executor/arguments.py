"""The arguments of a selected field: coerced by graphql-core, made into Python's by Strawberry."""

from collections.abc import Mapping
from typing import Any

from graphql import FieldNode, GraphQLField, Visitor, get_argument_values, visit
from graphql.language import VariableNode
from strawberry import Schema
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from gql.executor.run import Run


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
        return not any(_Variables.stand_in(argument) for argument in self._node.arguments or ())

    def of(self, run: Run) -> dict[str, Any]:
        """Their coerced values by name.

        Raises:
            GraphQLError: of one that cannot be coerced.

        """
        if not self._any:
            return {}
        return get_argument_values(
            self._definition, self._node, run.variables, None, hide_suggestions=self._hide_suggestions
        )


def converted(schema: Schema, field: StrawberryField, values: Mapping[str, Any]) -> dict[str, Any]:
    """The coerced values as Strawberry hands them to a resolver."""
    registry = schema.schema_converter.scalar_registry
    return convert_arguments(dict(values), field.arguments, scalar_registry=registry, config=schema.config)


class _Variables(Visitor):
    """Whether any variable stands in a node."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    @classmethod
    def stand_in(cls, node: Any) -> bool:
        visitor = cls()
        visit(node, visitor)
        return visitor.found

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        del node
        self.found = True
