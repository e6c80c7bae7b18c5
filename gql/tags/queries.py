from dataclasses import dataclass
from functools import partial
from typing import Annotated

import strawberry

from gql.context import Context
from gql.directives import PAGE_SIZE
from gql.fields import From, Selected, paged
from gql.given import ABSENT
from gql.lookups import Found, looked_up
from gql.references import TagType
from gql.relay.connection import Connection, CountOnly, row_columns, wants_rows
from gql.relay.paging import After, Before, First, Last, Paging
from gql.selection import Selection
from gql.text import stored_text

ORDER = "TAG_NAME"


@dataclass(frozen=True, slots=True)
class TagsAsked:
    """Which tags, and which page of them."""

    paging: Paging
    prefix: str | None


def tags_asked(
    first: First = ABSENT,
    after: After = ABSENT,
    last: Last = ABSENT,
    before: Before = ABSENT,
    starts_with: Annotated[
        str | None, strawberry.argument(description="Only tags whose names begin so, whatever the case.")
    ] = ABSENT,
) -> TagsAsked:
    """The arguments of the list of tags."""
    prefix = stored_text(starts_with or "", "startsWith")
    return TagsAsked(Paging(first, after, last, before), prefix or None)


def _tags(asked: TagsAsked, selection: Selection) -> From:
    args, prefix = asked.paging.args(ORDER, selection), asked.prefix
    if not wants_rows(selection):
        return lambda loaders: CountOnly(ORDER, partial(loaders.tags.all.count, prefix))
    columns = row_columns(selection)
    return lambda loaders: loaders.tags.all.page(prefix, args, columns)


def _slug(slug: Annotated[str, strawberry.argument(description="The tag's slug.")]) -> str:
    return stored_text(slug, "slug")


def _tag(context: Context, slug: str, selected: Selected) -> Found:
    return context.loaders.tags.by_slug.reading(selected().columns), slug


@strawberry.type
class TagQueries:
    """Root fields."""

    tag: TagType | None = looked_up(_tag, _slug, "The tag of this slug.")
    tags: Connection[TagType] = paged(_tags, None, tags_asked, "All tags, by name.", directives=[PAGE_SIZE])
