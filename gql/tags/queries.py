from dataclasses import dataclass
from typing import Annotated

import strawberry

from gql.context import Info
from gql.directives import PAGE_SIZE
from gql.fields import Loads, paged
from gql.given import ABSENT
from gql.references import TagType
from gql.relay.connection import Connection, CountOnly, row_columns, wants_rows
from gql.relay.paging import After, Before, First, Last, Paging
from gql.selection import Selection
from gql.text import stored_text
from loaders.registry import Loaders

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


def _tags(loaders: Loaders, asked: TagsAsked, selection: Selection) -> Loads:
    args, pages = asked.paging.args(ORDER, selection), loaders.tags.all
    if not wants_rows(selection):
        return CountOnly(ORDER, pages.count(asked.prefix))
    return pages.page(asked.prefix, args, row_columns(selection))


async def _tag(info: Info, slug: Annotated[str, strawberry.argument(description="The tag's slug.")]) -> TagType | None:
    columns = Selection.of(info._raw_info).columns  # noqa: SLF001
    loader = info.context.loaders.tags.by_slug.reading(columns)
    return await loader.load(stored_text(slug, "slug"))  # type: ignore[return-value] # stands for it


@strawberry.type
class TagQueries:
    """Root fields."""

    tag: TagType | None = strawberry.field(resolver=_tag, description="The tag of this slug.")
    tags: Connection[TagType] = paged(_tags, None, tags_asked, "All tags, by name.", directives=[PAGE_SIZE])
