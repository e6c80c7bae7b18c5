"""What `@cacheControl` may say, and where: checked when the schema is built, so that no wrong hint is ever served by.

maxAge      is a whole number of seconds, not negative
place       on fields and types that a query reads; not on what only mutations give, nor on arguments and input
meaning     says an age or a scope, and says it once
scope       nothing PUBLIC inside of what is PRIVATE, and nothing PUBLIC that looks at the viewer
"""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from gql.caching.hints import declared_of
from gql.directives import CacheControl, CacheControlScope

LONGEST_AGE = 2**31 - 1
"""GraphQL's largest Int."""

PUBLIC, PRIVATE = CacheControlScope.PUBLIC, CacheControlScope.PRIVATE
OUTPUT = (GraphQLObjectType, GraphQLInterfaceType, GraphQLUnionType)


class HintError(ValueError):
    """A hint that cannot be meant; the message begins with its place in the schema."""


def check_hints(schema: GraphQLSchema) -> None:
    """Look at every hint.

    Raises:
        HintError: of the first that is wrong.

    """
    for path, what in _wrong(schema):
        raise HintError(f"{path}: @cacheControl {what}")


def _wrong(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    read = _read_by_queries(schema)
    for type_ in schema.type_map.values():
        for path, element in _elements(type_):
            declared = declared_of(element)
            if not declared:
                continue
            if not isinstance(type_, OUTPUT) or "(" in path:
                yield path, "has no meaning here: it says how long what is read may be kept."
            elif type_.name not in read:
                yield path, "has no meaning here: no query reads it."
            yield from ((path, what) for what in _wrong_itself(declared))
        yield from _wrong_scopes(schema, type_)


def _wrong_itself(declared: list[CacheControl]) -> Iterator[str]:
    if len(declared) > 1:
        yield "stands here more than once."
    for one in declared:
        age, scope = _given(one.max_age), _given(one.scope)
        if age is None and scope is None:
            yield "says nothing: give it a maxAge, a scope, or both."
        if age is not None and (not isinstance(age, int) or isinstance(age, bool)):
            yield f"has a maxAge that is no whole number of seconds: {age!r}."
        elif age is not None and not 0 <= age <= LONGEST_AGE:
            yield f"has a maxAge that cannot be: {age}; it is between 0 and {LONGEST_AGE}."
        if scope is not None and not isinstance(scope, CacheControlScope):
            yield f"has a scope that is none: {scope!r}."


def _wrong_scopes(schema: GraphQLSchema, type_: GraphQLNamedType) -> Iterator[tuple[str, str]]:
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        if _scope(type_) is PUBLIC:
            yield from (
                (type_.name, f"is PUBLIC, and its interface {above.name} is PRIVATE.")
                for above in type_.interfaces
                if _scope(above) is PRIVATE
            )
        for name, field in type_.fields.items():
            if _scope(field) is PUBLIC:
                yield from ((f"{type_.name}.{name}", what) for what in _wrong_public(type_, name, field))
    if isinstance(type_, GraphQLUnionType) and _scope(type_) is PUBLIC:
        for one in schema.get_possible_types(type_):
            if _scope(one) is PRIVATE:
                yield type_.name, f"is PUBLIC, and {one.name} in it is PRIVATE."


def _wrong_public(type_: GraphQLObjectType | GraphQLInterfaceType, name: str, field: Any) -> Iterator[str]:
    """What speaks against a field that says it is PUBLIC."""
    inner = get_named_type(field.type)
    if _scope(type_) is PRIVATE:
        yield f"is PUBLIC, and {type_.name}, that it is of, is PRIVATE."
    if _scope(inner) is PRIVATE:
        yield f"is PUBLIC, and {inner.name}, that it gives, is PRIVATE."
    if _looks_at_viewer(field):
        yield "is PUBLIC, and its resolver looks at the viewer."
    for above in type_.interfaces:
        if name in above.fields and _scope(above.fields[name]) is PRIVATE:
            yield f"is PUBLIC, and {above.name}.{name} is PRIVATE."


def _scope(element: Any) -> CacheControlScope | None:
    return next((one.scope for one in declared_of(element) if isinstance(one.scope, CacheControlScope)), None)


def _given(value: Any) -> Any:
    """A value of a directive; None where none was given."""
    return None if type(value).__name__ == "UnsetType" else value


def _looks_at_viewer(field: Any) -> bool:
    """Whether the code of its resolver names the viewer; what it has others do shows, and counts, when it runs."""
    declared = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    resolver = getattr(getattr(declared, "base_resolver", None), "wrapped_func", None)
    codes = [getattr(one, "__code__", None) for one in (resolver, getattr(declared, "find", None))]
    return any({"viewer", "asker"} & {*code.co_names} for code in codes if code is not None)


def _elements(type_: GraphQLNamedType) -> Iterator[tuple[str, Any]]:
    """A type and all that is declared in it, with their paths."""
    yield type_.name, type_
    fields: Mapping[str, Any] = getattr(type_, "fields", {})
    for name, field in fields.items():
        yield f"{type_.name}.{name}", field
        for argument, value in getattr(field, "args", {}).items():
            yield f"{type_.name}.{name}({argument}:)", value
    if isinstance(type_, GraphQLEnumType):
        for name, value in type_.values.items():
            yield f"{type_.name}.{name}", value


def _read_by_queries(schema: GraphQLSchema) -> set[str]:
    """The types that queries may come to."""
    seen: set[str] = set()
    waiting: list[GraphQLNamedType] = [] if schema.query_type is None else [schema.query_type]
    while waiting:
        type_ = waiting.pop()
        if type_.name in seen:
            continue
        seen.add(type_.name)
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            waiting += [get_named_type(field.type) for field in type_.fields.values()]
            waiting += type_.interfaces
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            waiting += schema.get_possible_types(type_)
    return seen
