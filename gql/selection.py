"""Which columns a selection needs: what makes a list of titles read no bodies."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
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


class Selection:
    """The fields selected under some nodes, seen as one object type."""

    def __init__(self, info: RawInfo, nodes: Sequence[FieldNode], type_: GraphQLObjectType) -> None:
        self._info = info
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
        return cls(info, info.field_nodes, type_)

    def under(self, name: str) -> "Selection":
        """What is selected under one field of these; nothing when it is not selected itself."""
        type_ = get_named_type(self.type.fields[name].type)
        assert isinstance(type_, GraphQLObjectType)
        return Selection(self._info, self.fields.get(name, ()), type_)

    @property
    def columns(self) -> Columns:
        """The columns that the selected fields need, `id` first, each once, in a fixed order."""
        needs = needs_of(self.type)
        return ("id", *sorted({c for name in self.fields for c in needs.get(name, ())} - {"id"}))

    def _walk(self, selections: SelectionSetNode) -> Iterator[FieldNode]:
        for node in selections.selections:
            if not _is_included(node, self._info.variable_values):
                continue
            if isinstance(node, FieldNode):
                yield node
                continue
            if isinstance(node, FragmentSpreadNode):
                fragment: FragmentDefinitionNode | InlineFragmentNode = self._info.fragments[node.name.value]
            else:
                assert isinstance(node, InlineFragmentNode)
                fragment = node
            condition = fragment.type_condition
            if condition is None or self._is_a(condition.name.value):
                yield from self._walk(fragment.selection_set)

    def _is_a(self, name: str) -> bool:
        type_ = self._info.schema.type_map[name]
        return type_ is self.type or (
            isinstance(type_, GraphQLInterfaceType) and self._info.schema.is_sub_type(type_, self.type)
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
