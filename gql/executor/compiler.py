"""From an operation to a plan: what is selected of each type, and by which path each field goes.

graphql-core collects and merges the fields, in its order; what `@skip` and `@include` leave out is not in the plan.
"""

from collections.abc import Mapping, Sequence
from inspect import iscoroutinefunction
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    OperationDefinitionNode,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues
from graphql.pyutils import Path
from strawberry import Schema

from gql.executor.arguments import Arguments, Converted
from gql.executor.failures import DifferingShapesError
from gql.executor.fields import Brought, Field, Made, Related, Sought, TypeName
from gql.executor.leaves import Completer, Leaf
from gql.executor.paths import FieldPath, declared_of, path_of
from gql.executor.relations import KeyFinder, RelationFinder, Under
from gql.executor.resolved import Resolved
from gql.executor.run import Run
from gql.executor.selected import Selected
from gql.executor.values import ListOf, Objects, OneOf, TypeOf
from gql.fields import Relation
from gql.lookups import LookedUp
from gql.selection import Meaning


class NotCoveredError(Exception):
    """An operation has what only graphql-core runs; the message says what."""


class Compiler:
    """Compiles one operation for one set of conditions."""

    def __init__(
        self,
        schema: Schema,
        fragments: Mapping[str, FragmentDefinitionNode],
        operation: OperationDefinitionNode,
        conditions: Mapping[str, Any],
        *,
        hide_suggestions: bool,
    ) -> None:
        """`conditions` are the values of the variables that stand in `@skip` and `@include`."""
        self._strawberry = schema
        self._schema = schema._schema  # noqa: SLF001 - graphql-core's, which Strawberry builds
        self._fragments = {name: FragmentDetails(one) for name, one in fragments.items()}
        self._operation = operation
        self._variables = VariableValues({}, dict(conditions))
        self._meaning = Meaning(self._schema, fragments, conditions)
        self._hide_suggestions = hide_suggestions
        self.size = 0
        """How many fields were compiled so far."""

    def root(self) -> Selected:
        """What is selected of the root.

        Raises:
            NotCoveredError: only graphql-core runs it.
            GraphQLError: a condition cannot be coerced.

        """
        type_ = self._schema.get_root_type(self._operation.operation)
        assert type_ is not None
        found = collect_fields(
            self._schema, self._fragments, self._variables, type_, self._operation, self._hide_suggestions
        )
        return self._selected(type_, found.grouped_field_set, None)

    def _selected(
        self, type_: GraphQLObjectType, groups: Mapping[str, Sequence[FieldDetails]], path: Path | None
    ) -> Selected:
        return Selected(
            {key: self._field(type_, key, [one.node for one in details], path) for key, details in groups.items()}
        )

    def _under(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode], path: Path) -> Selected:
        found = collect_subfields(
            self._schema,
            self._fragments,
            self._variables,
            self._operation,
            type_,
            [FieldDetails(node, None) for node in nodes],
            self._hide_suggestions,
        )
        return self._selected(type_, found.grouped_field_set, path)

    def _field(self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode], above: Path | None) -> Field:
        self.size += 1
        name = nodes[0].name.value
        if name == "__typename":
            return TypeName(key, Leaf(GraphQLString, nodes, ""), parent.name)
        definition = parent.fields.get(name)
        if definition is None:
            raise NotCoveredError(f"{parent.name}.{name} is of the schema's own description")
        path = Path(above, key, parent.name)
        completer = self._completer(definition.type, nodes, definition, parent, path)
        completer.coordinate = f"{parent.name}.{name}"
        arguments = Arguments(definition, nodes[0], hide_suggestions=self._hide_suggestions)
        declared: Any = declared_of(definition)
        match path_of(definition):
            case FieldPath.COLUMN:
                return Made.attribute(key, completer, declared.python_name)
            case FieldPath.COMPUTED:
                return Made(key, completer, declared.make)
            case FieldPath.LOADED:
                return Brought(key, completer, declared)
            case FieldPath.RELATION | FieldPath.LOOKED_UP:
                under = Under(self._meaning, nodes, definition.type)
                return self._asking(key, completer, declared, arguments, under)
            case FieldPath.RESOLVER:
                return Resolved(key, completer, definition, nodes, parent, arguments, path)

    def _asking(
        self, key: str, completer: Completer, declared: LookedUp | Relation, arguments: Arguments, under: Under
    ) -> Field:
        converted = Converted(self._strawberry, declared, arguments)
        if isinstance(declared, LookedUp):
            return Sought(key, completer, KeyFinder(declared, converted, under))
        return Related(key, completer, declared, RelationFinder(declared, converted, under))

    def _completer(
        self,
        type_: GraphQLOutputType,
        nodes: list[FieldNode],
        definition: GraphQLField,
        parent: GraphQLObjectType,
        path: Path,
    ) -> Completer:
        where, null_error = f"{parent.name}.{nodes[0].name.value}", None
        if is_non_null_type(type_):
            null_error = f"Cannot return null for non-nullable field {where}."
            type_ = type_.of_type
        if is_list_type(type_):
            return ListOf(self._completer(type_.of_type, nodes, definition, parent, path), nodes, null_error, where)
        if is_leaf_type(type_):
            return Leaf(type_, nodes, null_error)
        if is_object_type(type_):
            if iscoroutinefunction(type_.is_type_of):
                raise NotCoveredError(f"{type_.name} tells its values by a coroutine")
            return Objects(self._under(type_, nodes, path), type_, nodes, null_error)
        assert is_abstract_type(type_)
        objects = {
            one.name: Objects(self._under(one, nodes, path), one, nodes, null_error)
            for one in self._schema.get_possible_types(type_)
        }
        type_of = self._type_of(type_, nodes, definition, parent, path)
        try:
            return OneOf(objects, type_of, nodes, null_error)
        except DifferingShapesError as error:
            raise NotCoveredError(f"{error} of {type_.name} may be null in some of its types only") from None

    def _type_of(
        self,
        type_: GraphQLAbstractType,
        nodes: list[FieldNode],
        definition: GraphQLField,
        parent: GraphQLObjectType,
        path: Path,
    ) -> TypeOf:
        """What asks the schema for a value's type, in graphql-core's way."""
        asked = [type_.resolve_type, *(one.is_type_of for one in self._schema.get_possible_types(type_))]
        if any(iscoroutinefunction(one) for one in asked):
            raise NotCoveredError(f"{type_.name} tells types by a coroutine")
        details = [FieldDetails(node, None) for node in nodes]

        def type_of(run: Run, value: Any) -> GraphQLObjectType:
            info = run.core.build_resolve_info(definition, nodes, parent, path)
            name = (type_.resolve_type or run.core.type_resolver)(value, info, type_)
            return run.core.ensure_valid_runtime_type(name, type_, details, info, value)

        return type_of
