"""What a release may take away from its clients: nothing, but for what was deprecated with a date that has passed.

A reason says the date, as in `@deprecated(reason: "Use title; removed after 2027-06-01.")`. What is new may come at any
time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from graphql import (
    REMOVE,
    ConstDirectiveNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    Node,
    ObjectTypeDefinitionNode,
    StringValueNode,
    TypeDefinitionNode,
    Visitor,
    VisitorAction,
    build_ast_schema,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
    parse,
    print_ast,
    visit,
)
from graphql.utilities import BreakingChangeType, DangerousChangeType, SchemaChange, find_schema_changes

Member = FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode

REMOVAL = re.compile(r"\bremoved after (\d{4}-\d\d-\d\d)\b")

MEAN_OTHERWISE = (
    DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE,
    DangerousChangeType.INPUT_FIELD_DEFAULT_VALUE_CHANGE,
)
"""Nothing that a client sends is refused after these, but it means something else."""


@dataclass(frozen=True, slots=True)
class Place:
    """Something that can be deprecated, by its schema coordinate."""

    coordinate: str
    node: Member


def faults(released: str, new: str, today: date) -> list[str]:
    """What the new schema takes away from clients of the released one, and may not; and how it deprecates badly."""
    found = [
        f"{change.type.name}: {change.description}"
        for change in find_schema_changes(_built(expected(released, new, today)), _built(parse(new)))
        if _takes_away(change)
    ]
    return [*found, *_made_exclusive(released, new), *_bad_deprecations(released, new)]


def expected(released: str, new: str, today: date) -> DocumentNode:
    """The released schema without what is gone from the new one, and was to go by now."""
    there = {place.coordinate for place in _places(parse(new))}
    document = parse(released)
    gone = {
        id(place.node) for place in _places(document) if place.coordinate not in there and _is_past(place.node, today)
    }
    if not gone:
        return document
    left = visit(document, _LeavingOut(gone))
    # A type cannot be deprecated: it goes with the last that leads to it.
    reachable = _reachable(_built(left)) | {one.name.value for one in _types(parse(new))}
    unreachable = {id(one) for one in _types(left) if one.name.value not in reachable}
    reached: DocumentNode = visit(left, _LeavingOut(unreachable))
    return reached


def removal_date(reason: str) -> date | None:
    """The date after which something may be removed, if its reason says one."""
    match = REMOVAL.search(reason)
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def _takes_away(change: SchemaChange) -> bool:
    return isinstance(change.type, BreakingChangeType) or change.type in MEAN_OTHERWISE


def _made_exclusive(released: str, new: str) -> list[str]:
    """Inputs that take one field at a time now: graphql-core does not look at `@oneOf`."""
    before = {one.name.value: _directive(one, "oneOf") for one in _types(parse(released))}
    return [
        f"ONE_OF_ADDED: {one.name.value} takes one field at a time now."
        for one in _types(parse(new))
        if _directive(one, "oneOf") and one.name.value in before and not before[one.name.value]
    ]


def _bad_deprecations(released: str, new: str) -> Iterator[str]:
    before = {place.coordinate: _removal(place.node) for place in _places(parse(released))}
    for place in _places(parse(new)):
        if _reason(place.node) is None:
            continue
        day, was = _removal(place.node), before.get(place.coordinate)
        if day is None:
            yield f'NO_DATE: the reason of {place.coordinate} says no date: "… removed after 2027-06-01."'
        elif was is not None and day < was:
            yield f"EARLIER: {place.coordinate} was to stay until {was}, and not {day}."


def _built(document: DocumentNode) -> GraphQLSchema:
    return build_ast_schema(document, assume_valid=True)


def _types(document: DocumentNode) -> Iterator[TypeDefinitionNode]:
    return (one for one in document.definitions if isinstance(one, TypeDefinitionNode))


def _places(document: DocumentNode) -> Iterator[Place]:
    for directive in document.definitions:
        if isinstance(directive, DirectiveDefinitionNode):
            for argument in directive.arguments or ():
                yield Place(f"@{directive.name.value}({argument.name.value}:)", argument)
    for definition in _types(document):
        for member in _members(definition):
            coordinate = f"{definition.name.value}.{member.name.value}"
            yield Place(coordinate, member)
            if isinstance(member, FieldDefinitionNode):
                for argument in member.arguments or ():
                    yield Place(f"{coordinate}({argument.name.value}:)", argument)


def _members(definition: TypeDefinitionNode) -> tuple[Member, ...]:
    if isinstance(definition, EnumTypeDefinitionNode):
        return tuple(definition.values or ())
    if isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode | InputObjectTypeDefinitionNode):
        return tuple(definition.fields or ())
    return ()


class _LeavingOut(Visitor):
    """Copies a document without some of its nodes."""

    def __init__(self, gone: set[int]) -> None:
        super().__init__()
        self._gone = gone

    def enter(self, node: Node, *_: object) -> VisitorAction:
        """Leave it out, or go on."""
        return REMOVE if id(node) in self._gone else None


def _reachable(schema: GraphQLSchema) -> set[str]:
    """The names of the types that a client can come to."""
    left = [one for one in (schema.query_type, schema.mutation_type, schema.subscription_type) if one]
    found: dict[str, object] = {}
    todo: list[object] = [*left]
    while todo:
        type_ = todo.pop()
        name = str(type_)
        if name in found:
            continue
        found[name] = type_
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            todo += type_.interfaces
        if isinstance(type_, GraphQLInterfaceType):
            implementations = schema.get_implementations(type_)
            todo += [*implementations.objects, *implementations.interfaces]
        todo += getattr(type_, "types", ())
        fields = getattr(type_, "fields", {})
        for field in fields.values():
            todo.append(get_named_type(field.type))
            todo += [get_named_type(argument.type) for argument in getattr(field, "args", {}).values()]
    return {
        name
        for name, type_ in schema.type_map.items()
        if name in found or is_introspection_type(type_) or is_specified_scalar_type(type_)
    }


def _directive(node: TypeDefinitionNode | Member, name: str) -> ConstDirectiveNode | None:
    return next((one for one in node.directives or () if one.name.value == name), None)


def _reason(node: Member) -> str | None:
    """Why it is deprecated; None where it is not."""
    directive = _directive(node, "deprecated")
    if directive is None:
        return None
    values = [one.value for one in directive.arguments or () if one.name.value == "reason"]
    return next((value.value for value in values if isinstance(value, StringValueNode)), "")


def _removal(node: Member) -> date | None:
    reason = _reason(node)
    return None if reason is None else removal_date(reason)


def _is_past(node: Member, today: date) -> bool:
    day = _removal(node)
    return day is not None and day < today


def expected_text(released: str, new: str, today: date) -> str:
    """The same as a text, for those that read texts."""
    return print_ast(expected(released, new, today))
