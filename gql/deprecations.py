"""Which deprecated parts of a schema an operation uses: fields, arguments, fields of inputs, values of enums."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    ObjectFieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_introspection_type,
    type_from_ast,
    visit,
)


@dataclass(frozen=True, slots=True)
class DeprecatedInDocument:
    """What a document uses, whatever its variables are; and its variables that may hold more, with their types."""

    names: frozenset[str]
    """Schema coordinates, such as `Post.title` and `Query.posts(first:)`."""
    variables: Mapping[str, Any]


class Deprecations:
    """The deprecated parts of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        types = [one for one in schema.type_map.values() if not is_introspection_type(one)]
        self._inputs = _inputs_that_lead_to_some(types)
        self.exist = bool(self._inputs) or any(_has_deprecated_fields(one) for one in types)
        """Whether there are any at all."""

    def in_document(self, node: DocumentNode) -> DeprecatedInDocument:
        """What a valid document uses, in all its operations; it takes a walk through all of it."""
        if not self.exist:
            return DeprecatedInDocument(frozenset(), {})
        info = TypeInfo(self._schema)
        finding = _Finding(info)
        visit(node, TypeInfoVisitor(info, finding))
        return DeprecatedInDocument(frozenset(finding.found), self._variables(node))

    def used(self, found: DeprecatedInDocument, variables: Mapping[str, Any]) -> tuple[str, ...]:
        """What a document uses with these variables, in order."""
        if not found.variables:
            return tuple(sorted(found.names))
        names = set(found.names)
        for key in found.variables.keys() & variables.keys():
            with suppress(RecursionError):  # nothing will run with what stands so deep
                names.update(self._in_value(variables[key], found.variables[key]))
        return tuple(sorted(names))

    def _variables(self, node: DocumentNode) -> dict[str, Any]:
        definitions = [
            one
            for operation in node.definitions
            if isinstance(operation, OperationDefinitionNode)
            for one in operation.variable_definitions or ()
        ]
        types = {one.variable.name.value: type_from_ast(self._schema, one.type) for one in definitions}
        return {name: type_ for name, type_ in types.items() if type_ and get_named_type(type_).name in self._inputs}

    def _in_value(self, value: object, type_: Any) -> Iterator[str]:
        """What a client's value uses; one of another shape, which nothing will run with, uses nothing."""
        if isinstance(type_, GraphQLNonNull):
            yield from self._in_value(value, type_.of_type)
        elif isinstance(type_, GraphQLList):
            for one in value if isinstance(value, list) else [value]:
                yield from self._in_value(one, type_.of_type)
        elif isinstance(type_, GraphQLEnumType) and isinstance(value, str):
            if value in type_.values and type_.values[value].deprecation_reason is not None:
                yield f"{type_.name}.{value}"
        elif isinstance(type_, GraphQLInputObjectType) and isinstance(value, dict):
            for key in value.keys() & type_.fields.keys():
                field = type_.fields[key]
                if field.deprecation_reason is not None:
                    yield f"{type_.name}.{key}"
                yield from self._in_value(value[key], field.type)


class _Finding(Visitor):
    """Notes what is deprecated where a document names it."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self._field = ""
        self.found = set[str]()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        """A field of an object or an interface."""
        self._field = node.name.value  # its arguments come next
        parent, field = self._info.get_parent_type(), self._info.get_field_def()
        if parent and field and field.deprecation_reason is not None:
            self.found.add(f"{parent.name}.{node.name.value}")

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        """An argument of a field or a directive."""
        argument = self._info.get_argument()
        if argument is None or argument.deprecation_reason is None:
            return
        directive, parent, name = self._info.get_directive(), self._info.get_parent_type(), node.name.value
        if directive is not None:
            self.found.add(f"@{directive.name}({name}:)")
        elif parent is not None:
            self.found.add(f"{parent.name}.{self._field}({name}:)")

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        """A field of an input."""
        parent = get_named_type(self._info.get_parent_input_type())
        field = parent.fields.get(node.name.value) if isinstance(parent, GraphQLInputObjectType) else None
        if field is not None and field.deprecation_reason is not None:
            self.found.add(f"{parent}.{node.name.value}")

    def enter_enum_value(self, node: EnumValueNode, *_: object) -> None:
        """A value of an enum."""
        value, type_ = self._info.get_enum_value(), get_named_type(self._info.get_input_type())
        if value is not None and value.deprecation_reason is not None:
            self.found.add(f"{type_}.{node.value}")


def _has_deprecated_fields(type_: GraphQLNamedType) -> bool:
    """Whether a type that is read has deprecated fields or arguments."""
    return isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and any(
        one.deprecation_reason is not None for field in type_.fields.values() for one in (field, *field.args.values())
    )


def _inputs_that_lead_to_some(types: list[GraphQLNamedType]) -> frozenset[str]:
    """Enums with deprecated values, inputs with deprecated fields, and inputs that hold any of these."""
    found = set[str]()
    for type_ in types:
        members: Any = ()
        if isinstance(type_, GraphQLEnumType):
            members = type_.values.values()
        elif isinstance(type_, GraphQLInputObjectType):
            members = type_.fields.values()
        if any(one.deprecation_reason is not None for one in members):
            found.add(type_.name)
    inputs = [one for one in types if isinstance(one, GraphQLInputObjectType)]
    before = -1
    while len(found) > before:
        before = len(found)
        found |= {
            one.name for one in inputs if any(get_named_type(field.type).name in found for field in one.fields.values())
        }
    return frozenset(found)
