"""For how long, and for whom, an operation's answer may be kept: what `@cacheControl` says of all that it selects.

The lowest age and the narrowest scope win, of fields and of the types that they give. What says nothing bounds nothing.
Only the document is read, once for each fragment; what `@skip` leaves out counts, too, which can only narrow.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from gql.directives import CacheControl, CacheControlScope
from gql.limits.walk import fragments_of


@dataclass(frozen=True, slots=True)
class Hint:
    """Seconds at most, if there is a bound; and whether it is for the viewer alone."""

    max_age: int | None = None
    private: bool = False

    def and_(self, other: "Hint") -> "Hint":
        """What holds where both do."""
        ages = [hint.max_age for hint in (self, other) if hint.max_age is not None]
        return Hint(min(ages, default=None), self.private or other.private)


NO_HINT = Hint()


class HintModel:
    """The hints of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._types = {name: hint_of(type_) for name, type_ in schema.type_map.items()}
        self._fields: dict[tuple[str, str], Hint] = {}

    def of(self, document: DocumentNode, operation: OperationDefinitionNode, found: Iterable[str] = ()) -> Hint:
        """The hint of an operation of a valid document; `found` names types that only its execution could tell."""
        root = self._schema.get_root_type(operation.operation)
        assert root is not None
        return self.with_types(_Walk(self, document).of(operation.selection_set, root), found)

    def with_types(self, hint: Hint, found: Iterable[str]) -> Hint:
        """A hint with what these types say beside."""
        for name in found:
            hint = hint.and_(self._types[name])
        return hint

    def type_named(self, name: str) -> GraphQLNamedType:
        """A type of the schema."""
        return self._schema.type_map[name]

    def of_type(self, type_: GraphQLNamedType) -> Hint:
        """What a type says."""
        return self._types[type_.name]

    def of_field(self, type_: GraphQLNamedType, name: str) -> tuple[Hint, GraphQLNamedType] | None:
        """What a field says, and the type that it gives; None for a field of the schema's own description."""
        if name.startswith("__") or not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            return None
        field, key = type_.fields[name], (type_.name, name)
        if key not in self._fields:
            self._fields[key] = hint_of(field).and_(self._types[get_named_type(field.type).name])
        return self._fields[key], get_named_type(field.type)


class _Walk:
    """All that one operation selects."""

    def __init__(self, model: HintModel, document: DocumentNode) -> None:
        self._model = model
        self._fragments = fragments_of(document)
        self._seen: set[str] = set()

    def of(self, selections: SelectionSetNode, type_: GraphQLNamedType) -> Hint:
        hint = NO_HINT
        for node in selections.selections:
            if isinstance(node, FieldNode):
                hint = hint.and_(self._field(node, type_))
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                hint = hint.and_(self._under(type_ if condition is None else self._named(condition), node))
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in self._seen:
                self._seen.add(node.name.value)
                fragment = self._fragments[node.name.value]
                hint = hint.and_(self._under(self._named(fragment.type_condition), fragment))
        return hint

    def _under(self, type_: GraphQLNamedType, node: Any) -> Hint:
        return self._model.of_type(type_).and_(self.of(node.selection_set, type_))

    def _named(self, condition: Any) -> GraphQLNamedType:
        return self._model.type_named(condition.name.value)

    def _field(self, node: FieldNode, type_: GraphQLNamedType) -> Hint:
        found = self._model.of_field(type_, node.name.value)
        if found is None:
            return NO_HINT
        hint, inner = found
        return hint if node.selection_set is None else hint.and_(self.of(node.selection_set, inner))


def hint_of(element: Any) -> Hint:
    """What an element of the schema says itself."""
    hint = NO_HINT
    for one in declared_of(element):
        age = one.max_age if isinstance(one.max_age, int) else None
        hint = hint.and_(Hint(age, one.scope is CacheControlScope.PRIVATE))
    return hint


def declared_of(element: Any) -> list[CacheControl]:
    """The directives of an element of the schema: a type, a field, an argument, or what else there is."""
    declared = (element.extensions or {}).get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return [one for one in getattr(declared, "directives", None) or () if isinstance(one, CacheControl)]
