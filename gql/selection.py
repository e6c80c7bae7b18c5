"""Which columns a selection needs: what makes a list of titles read no bodies."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from db.rows import Columns
from gql.context import RawInfo

NEEDS = "broadsheet.needs"
"""The key, in a field's metadata, of the columns of its parent row that the field reads."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a document's selections mean by: the schema, its fragments, and the variables that conditions look at."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]


class Selection:
    """The fields selected under some nodes, seen as one object type. It never changes, and may be kept."""

    def __init__(self, meaning: Meaning, nodes: Sequence[FieldNode], type_: GraphQLObjectType) -> None:
        self._meaning = meaning
        self._under: dict[str, Selection] = {}
        self.type = type_
        self.fields: dict[str, list[FieldNode]] = {}
        for node in nodes:
            if node.selection_set is not None:
                for field in self._walk(node.selection_set):
                    self.fields.setdefault(field.name.value, []).append(field)

    @classmethod
    def of(cls, info: RawInfo, type_name: str | None = None) -> "Selection":
        """What is selected under the field being resolved, if that gives a `type_name` (default: the field's type)."""
        type_ = get_named_type(info.return_type) if type_name is None else info.schema.type_map[type_name]
        assert isinstance(type_, GraphQLObjectType)
        variables: Any = info.variable_values
        return cls(Meaning(info.schema, info.fragments, variables), info.field_nodes, type_)

    def under(self, name: str) -> "Selection":
        """What is selected under one field of these; nothing when it is not selected itself."""
        found = self._under.get(name)
        if found is None:
            type_ = get_named_type(self.type.fields[name].type)
            assert isinstance(type_, GraphQLObjectType)
            found = self._under[name] = Selection(self._meaning, self.fields.get(name, ()), type_)
        return found

    @cached_property
    def columns(self) -> Columns:
        """The columns that the selected fields need, `id` first, each once, in a fixed order."""
        needs = needs_of(self.type)
        return ("id", *sorted({c for name in self.fields for c in needs.get(name, ())} - {"id"}))

    def _walk(self, selections: SelectionSetNode) -> Iterator[FieldNode]:
        for node in selections.selections:
            if not _is_included(node, self._meaning.variables):
                continue
            if isinstance(node, FieldNode):
                yield node
                continue
            if isinstance(node, FragmentSpreadNode):
                fragment: FragmentDefinitionNode | InlineFragmentNode = self._meaning.fragments[node.name.value]
            else:
                assert isinstance(node, InlineFragmentNode)
                fragment = node
            condition = fragment.type_condition
            if condition is None or self._is_a(condition.name.value):
                yield from self._walk(fragment.selection_set)

    def _is_a(self, name: str) -> bool:
        type_ = self._meaning.schema.type_map[name]
        return type_ is self.type or (
            isinstance(type_, GraphQLInterfaceType) and self._meaning.schema.is_sub_type(type_, self.type)
        )


@cache
def needs_of(type_: GraphQLObjectType) -> Mapping[str, Columns]:
    """The columns that each field of a type needs: what its metadata says, else the column of its own name."""
    needs = {}
    for name, field in type_.fields.items():
        declared: Any = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
        needs[name] = declared.metadata.get(NEEDS, (declared.python_name,))
    return needs


def _is_included(node: Any, variables: Any) -> bool:
    for directive in node.directives or ():
        name = directive.name.value
        if name in ("skip", "include"):
            value = directive.arguments[0].value
            if isinstance(value, VariableNode):
                condition = variables.get(value.name.value, False)
            else:
                assert isinstance(value, BooleanValueNode)
                condition = value.value
            if condition != (name == "include"):
                return False
    return True
