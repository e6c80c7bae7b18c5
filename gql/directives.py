"""What the schema says of its fields beside their types: cost, and how long results may be kept."""

from enum import Enum
from typing import cast

import strawberry
from graphql import DirectiveLocation
from strawberry.schema_directive import Location


@strawberry.enum(description="Who may be served a cached result.")
class CacheControlScope(Enum):
    """Who may be served a cached result."""

    PUBLIC = strawberry.enum_value("PUBLIC", description="Everybody.")
    PRIVATE = strawberry.enum_value("PRIVATE", description="The viewer that it was made for.")


@strawberry.schema_directive(
    locations=[
        Location.FIELD_DEFINITION,
        Location.OBJECT,
        Location.INTERFACE,
        # Strawberry has no name for this one; it turns all of them into graphql-core's.
        cast("Location", DirectiveLocation.UNION),
    ],
    name="cacheControl",
    description="How long and for whom a result may be cached; the lowest maxAge and the narrowest scope win.",
)
class CacheControl:
    """How long, in seconds, and for whom a result may be cached."""

    max_age: int | None = strawberry.UNSET
    scope: CacheControlScope | None = strawberry.UNSET


@strawberry.schema_directive(
    locations=[
        Location.ARGUMENT_DEFINITION,
        Location.ENUM,
        Location.FIELD_DEFINITION,
        Location.INPUT_FIELD_DEFINITION,
        Location.OBJECT,
        Location.SCALAR,
    ],
    name="cost",
    description="What the static cost analysis charges (GraphQL Cost Directives specification).",
)
class Cost:
    """What the static cost analysis charges."""

    weight: str


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="listSize",
    description="How many items a list may have (GraphQL Cost Directives specification).",
)
class ListSize:
    """How many items a list may have, and which arguments say so."""

    assumed_size: int | None = strawberry.UNSET
    slicing_arguments: list[str] | None = strawberry.UNSET
    sized_fields: list[str] | None = strawberry.UNSET
    require_one_slicing_argument: bool | None = False


PAGE_SIZE = ListSize(
    assumed_size=20,
    slicing_arguments=["first", "last"],
    sized_fields=["edges", "nodes"],
    require_one_slicing_argument=False,
)
"""Of every connection: twenty items, unless the arguments say otherwise."""
