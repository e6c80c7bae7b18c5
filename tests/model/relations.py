"""How many statements a query may cost at most: one for each of its selections that read other rows."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    parse,
)
from graphql.execution.values import get_argument_values, get_directive_values, get_variable_values
from graphql.type.directives import GraphQLIncludeDirective, GraphQLSkipDirective

from gql.relay.ids import decode_id

COUNTS = frozenset({"postCount", "commentCount", "replyCount", "totalCount"})
PARTS = frozenset({"edges", "nodes", "node", "pageInfo", "highlights"})
"""Fields that lead on, and read nothing themselves."""


def relation_fields(schema: GraphQLSchema, query: str, variables: Mapping[str, object]) -> int:
    """The number of selections, after merging, that read other rows: relations, pages and counts."""
    return _Counter(schema, parse(query), variables).number


class _Counter:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, object]) -> None:
        self.schema = schema
        nodes = document.definitions
        self.fragments = {node.name.value: node for node in nodes if isinstance(node, FragmentDefinitionNode)}
        [operation] = [node for node in nodes if isinstance(node, OperationDefinitionNode)]
        self.variables: Any = get_variable_values(schema, operation.variable_definitions or (), dict(variables))
        assert not isinstance(self.variables, list), self.variables
        assert schema.query_type is not None
        self.number = self.below(schema.query_type, [operation.selection_set])

    def below(self, type_: GraphQLObjectType, selection_sets: list[SelectionSetNode]) -> int:
        merged: dict[str, list[FieldNode]] = {}
        for selection_set in selection_sets:
            for node in self.fields(type_, selection_set):
                merged.setdefault((node.alias or node.name).value, []).append(node)
        return sum(self.field(type_, nodes) for nodes in merged.values())

    def field(self, type_: GraphQLObjectType, nodes: list[FieldNode]) -> int:
        name = nodes[0].name.value
        if name == "__typename":
            return 0
        if name in COUNTS or (type_.name, name) == ("Post", "viewerCanUpdate"):
            return 1
        target = get_named_type(type_.fields[name].type)
        inner = [node.selection_set for node in nodes if node.selection_set is not None]
        if isinstance(target, GraphQLInterfaceType):
            return sum(1 + self.below(one, inner) for one in self.asked_for(type_, nodes[0]))
        if not isinstance(target, GraphQLObjectType):
            return 0
        part = name in PARTS and type_ is not self.schema.query_type
        return self.own(target, inner, part=part) + self.below(target, inner)

    def own(self, target: GraphQLObjectType, inner: list[SelectionSetNode], *, part: bool) -> int:
        """What the field itself costs: a page whose count alone is asked for costs nothing beside the count."""
        if not target.name.endswith("Connection"):
            return 0 if part else 1
        names = {node.name.value for selection_set in inner for node in self.fields(target, selection_set)}
        return 1 if names - {"totalCount", "__typename"} else 0

    def asked_for(self, type_: GraphQLObjectType, node: FieldNode) -> list[GraphQLObjectType]:
        """The types of the ids that `node` and `nodes` are given."""
        given = get_argument_values(type_.fields[node.name.value], node, self.variables)
        ids = given["ids"] if "ids" in given else [given["id"]]
        found = [self.schema.type_map[name] for name in sorted({decode_id(one)[0] for one in ids})]
        return [one for one in found if isinstance(one, GraphQLObjectType)]

    def fields(self, type_: GraphQLObjectType, selection_set: SelectionSetNode) -> Iterator[FieldNode]:
        for node in selection_set.selections:
            skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
            include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
            if (skip or {}).get("if") is True or (include or {}).get("if") is False:
                continue
            if isinstance(node, FieldNode):
                yield node
                continue
            fragment = self.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            assert isinstance(fragment, FragmentDefinitionNode | InlineFragmentNode)
            condition = fragment.type_condition
            if condition is None or self.is_a(type_, condition.name.value):
                yield from self.fields(type_, fragment.selection_set)

    def is_a(self, type_: GraphQLObjectType, name: str) -> bool:
        return name == type_.name or name in {interface.name for interface in type_.interfaces}
