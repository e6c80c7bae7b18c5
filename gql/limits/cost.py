"""What an operation may cost at most, before anything of it runs (GraphQL Cost Directives specification).

An object costs 1, or what `@cost` says; in a list, as often as the list may have items, by `@listSize`: the page size
that the arguments name, as a literal, a variable or a default. Scalars cost nothing. So

    posts(first: 50) { nodes { title author { name } tags { name } } }

costs 1 for the connection, and for each of 50 nodes 1 for the post, 1 for its author, and 5 for its tags, of which five
are assumed: 1 + 50 · (1 + 1 + 5) = 351. What `@skip` and `@include` leave out costs nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)
from graphql.language import ValueNode
from graphql.utilities import value_from_ast_untyped
from strawberry.schema.schema_converter import GraphQLCoreConverter

from gql.directives import Cost, ListSize
from gql.documents.document import Document
from gql.limits.walk import fragments_of
from gql.relay.paging import LARGEST_SIZE

ASSUMED = 10
"""Items of a list of objects about which the schema says nothing."""

MOST_KNOWN = 64
"""Costs that are remembered of one document."""

Variables = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FieldCost:
    """What the schema says of a field."""

    weight: int
    is_list: bool
    arguments: Mapping[str, Any]
    """Their defaults."""
    assumed: int | None = None
    slicing: tuple[str, ...] = ()
    sized: frozenset[str] = frozenset()


class CostModel:
    """The costs of all fields of a schema; of each it is found once."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._known: dict[tuple[str, str], FieldCost] = {}

    def cost(self, document: Document, operation: OperationDefinitionNode, variables: Variables) -> int:
        """What an operation of a valid document costs at most with these variables, as the client sent them.

        Looked up, where the operation came before with values that mean the same.
        """
        names = (one.variable.name.value for one in operation.variable_definitions or ())
        key = (operation.name and operation.name.value, *(_meaning(variables.get(name, _ABSENT)) for name in names))
        known = document.costs.get(key)
        if known is None:
            if len(document.costs) >= MOST_KNOWN:
                document.costs.clear()
            known = document.costs[key] = self._cost(document.node, operation, variables)
        return known

    def _cost(self, document: DocumentNode, operation: OperationDefinitionNode, variables: Variables) -> int:
        root = self._schema.get_root_type(operation.operation)
        assert root is not None
        defaults = {
            one.variable.name.value: value_from_ast_untyped(one.default_value)
            for one in operation.variable_definitions or ()
            if one.default_value is not None
        }
        return _Sum(self, document, {**defaults, **variables}).of(operation.selection_set, root, _NOTHING_SIZED)

    def type_named(self, name: str) -> GraphQLNamedType:
        """A type of the schema."""
        return self._schema.type_map[name]

    def of(self, type_: GraphQLNamedType, name: str) -> tuple[FieldCost, GraphQLNamedType] | None:
        """The cost of a field, and its type; None for a field of the schema's own description."""
        if name.startswith("__") or not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            return None
        field = type_.fields[name]
        key = (type_.name, name)
        if key not in self._known:
            self._known[key] = _field_cost(field)
        return self._known[key], get_named_type(field.type)


Sized = tuple[frozenset[str], int]
"""Fields that have as many items as an argument of the field above says, and how many."""

_NOTHING_SIZED: Sized = (frozenset(), 1)
_ABSENT = object()


def _meaning(value: object) -> object:
    """What of a variable's value may change a cost; True and 1 are not the same here."""
    if value is _ABSENT or value is None:
        return value
    return ("flag", value) if isinstance(value, bool) else _length(value)


class _Sum:
    """The cost of one operation; a fragment is summed up once for each size of the list that it stands in."""

    def __init__(self, model: CostModel, document: DocumentNode, variables: Variables) -> None:
        self._model = model
        self._fragments = fragments_of(document)
        self._variables = variables
        self._known: dict[tuple[str, frozenset[str], int], int] = {}

    def of(self, selections: SelectionSetNode, type_: GraphQLNamedType, sized: Sized) -> int:
        total = 0
        for node in selections.selections:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                total += self._field(node, type_, sized)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                inner = type_ if condition is None else self._model.type_named(condition.name.value)
                total += self.of(node.selection_set, inner, sized)
            elif isinstance(node, FragmentSpreadNode):
                total += self._fragment(node.name.value, sized)
        return total

    def _fragment(self, name: str, sized: Sized) -> int:
        key = (name, *sized)
        if key not in self._known:
            fragment = self._fragments[name]
            inner = self._model.type_named(fragment.type_condition.name.value)
            self._known[key] = self.of(fragment.selection_set, inner, sized)
        return self._known[key]

    def _field(self, node: FieldNode, type_: GraphQLNamedType, sized: Sized) -> int:
        found = self._model.of(type_, node.name.value)
        if found is None:
            return 0
        cost, inner = found
        size = self._size(node, cost)
        below = 0
        if node.selection_set is not None:
            passed = (cost.sized, size) if cost.sized else _NOTHING_SIZED
            below = self.of(node.selection_set, inner, passed)
        names, items = sized
        times = items if node.name.value in names else size if cost.is_list else 1
        return times * (cost.weight + below)

    def _size(self, node: FieldNode, cost: FieldCost) -> int:
        """How many items the field may have, by its arguments, else by what is assumed."""
        given = {argument.name.value: self._value(argument.value) for argument in node.arguments or ()}
        sizes = [_length(given.get(name, cost.arguments.get(name))) for name in cost.slicing]
        known = [size for size in sizes if size is not None]
        return max(known) if known else ASSUMED if cost.assumed is None else cost.assumed

    def _value(self, node: ValueNode) -> Any:
        return value_from_ast_untyped(node, dict(self._variables))

    def _is_included(self, node: Any) -> bool:
        for directive in node.directives or ():
            name = directive.name.value
            if name in ("skip", "include") and directive.arguments:
                value = self._value(directive.arguments[0].value)
                if isinstance(value, bool) and value != (name == "include"):
                    return False
        return True


def _length(value: Any) -> int | None:
    """How many items a value asks for; more than there ever are is refused where the argument is read."""
    if isinstance(value, list):
        return len(value)
    if isinstance(value, str):
        return 1  # GraphQL takes one value for a list of it
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # GraphQL's Int takes 100.0, too.
    return int(min(max(value, 0), LARGEST_SIZE))


def _field_cost(field: GraphQLField) -> FieldCost:
    declared = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    directives = getattr(declared, "directives", None) or ()
    cost = next((one for one in directives if isinstance(one, Cost)), None)
    sizes = next((one for one in directives if isinstance(one, ListSize)), None)
    leaf = is_leaf_type(get_named_type(field.type))
    weight = int(cost.weight) if cost is not None else int(not leaf)
    is_list = is_list_type(get_nullable_type(field.type)) and not leaf
    defaults = {name: argument.default_value for name, argument in field.args.items()}
    if sizes is None:
        return FieldCost(weight, is_list, defaults)
    slicing, sized = sizes.slicing_arguments, sizes.sized_fields
    return FieldCost(
        weight,
        is_list,
        defaults,
        sizes.assumed_size if isinstance(sizes.assumed_size, int) else None,
        tuple(slicing) if isinstance(slicing, list) else (),
        frozenset(sized) if isinstance(sized, list) else frozenset(),
    )
