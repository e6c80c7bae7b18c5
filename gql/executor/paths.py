"""By which path each field of a schema goes."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from gql.fields import Computed, Loaded, Relation
from gql.lookups import LookedUp


class FieldPath(Enum):
    """How a field is run."""

    COLUMN = "column"
    COMPUTED = "computed"
    RELATION = "relation"
    LOADED = "loaded"
    LOOKED_UP = "looked up"
    RESOLVER = "resolver"


def path_of(definition: GraphQLField) -> FieldPath:
    """The path of a field of an object type."""
    declared = declared_of(definition)
    if isinstance(declared, Computed):
        return FieldPath.COMPUTED
    if isinstance(declared, Loaded):
        return FieldPath.LOADED
    # What surrounds a field runs in its resolver only.
    if declared is None or declared.extensions or declared.permission_classes:
        return FieldPath.RESOLVER
    if isinstance(declared, Relation):
        return FieldPath.RELATION
    if isinstance(declared, LookedUp):
        return FieldPath.LOOKED_UP
    is_attribute = type(declared) is StrawberryField and declared.base_resolver is None
    return FieldPath.COLUMN if is_attribute and declared.default_resolver is getattr else FieldPath.RESOLVER


def declared_of(definition: GraphQLField) -> StrawberryField | None:
    """The declaration that Strawberry made a field of; None for one that it did not make."""
    found: Any = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return found if isinstance(found, StrawberryField) else None


def paths(schema: GraphQLSchema) -> Iterator[tuple[str, FieldPath]]:
    """Each field of each object type, as `Type.field`, with its path; those of the schema's own description apart."""
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for name, definition in type_.fields.items():
                yield f"{type_.name}.{name}", path_of(definition)
