from datetime import datetime
from enum import Enum

import strawberry

from core.errors import BadInputError
from db.reads import post_filter, post_pages
from gql.given import ABSENT, given
from gql.relay.ids import decode_id_of
from gql.text import stored_text

LONGEST_LIST = 250


@strawberry.enum(description="How far a post has come.")
class PostStatus(Enum):
    """How far a post has come."""

    DRAFT = strawberry.enum_value("DRAFT", description="Being written; only its authors and editors see it.")
    PUBLISHED = strawberry.enum_value("PUBLISHED", description="Everybody sees it.")
    ARCHIVED = strawberry.enum_value("ARCHIVED", description="Was published, and is taken back.")


@strawberry.enum(description="From which end.")
class OrderDirection(Enum):
    """From which end."""

    ASC = strawberry.enum_value("ASC", description="The least first: the oldest, or A.")
    DESC = strawberry.enum_value("DESC", description="The greatest first: the newest, or Z.")


@strawberry.enum(description="What posts can be ordered by; posts that are equal in it come by their ids.")
class PostOrderField(Enum):
    """What posts can be ordered by."""

    PUBLISHED_AT = strawberry.enum_value(
        "PUBLISHED_AT", description="When it was published; never published is newest."
    )
    UPDATED_AT = strawberry.enum_value("UPDATED_AT", description="When it was last written to.")
    CREATED_AT = strawberry.enum_value("CREATED_AT", description="When it came into being here.")
    TITLE = strawberry.enum_value(
        "TITLE", description="The title, without regard to case, by its first 100 characters."
    )


@strawberry.input(description="The order of a list of posts.")
class PostOrder:
    """The order of a list of posts."""

    field: PostOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="From which end.")


@strawberry.input(description="A span of time; all bounds that are given hold together.")
class DateTimeRange:
    """A span of time."""

    gte: datetime | None = strawberry.field(default=ABSENT, description="At this instant or after.")
    gt: datetime | None = strawberry.field(default=ABSENT, description="After this instant.")
    lte: datetime | None = strawberry.field(default=ABSENT, description="At this instant or before.")
    lt: datetime | None = strawberry.field(default=ABSENT, description="Before this instant.")


@strawberry.input(description="All conditions hold together. Without `status`, only PUBLISHED.")
class PostFilter:
    """Conditions on posts."""

    status: list[PostStatus] | None = strawberry.field(default=ABSENT, description="Of any of these statuses.")
    author: strawberry.ID | None = strawberry.field(default=ABSENT, description="Written or co-written by this user.")
    author_username: str | None = strawberry.field(
        default=ABSENT, description="Written or co-written by the user of this username, whatever its case."
    )
    tags_any: list[str] | None = strawberry.field(default=ABSENT, description="Carries a tag of these slugs.")
    tags_all: list[str] | None = strawberry.field(default=ABSENT, description="Carries the tags of all these slugs.")
    published_at: DateTimeRange | None = strawberry.field(default=ABSENT, description="Was published in this span.")
    title_contains: str | None = strawberry.field(
        default=ABSENT, description="Has this in its title, whatever its case."
    )


@strawberry.input(one_of=True, description="Which post: by its id, or by its slug.")
class PostBy:
    """Which post."""

    id: strawberry.ID | None = strawberry.field(default=ABSENT, description="Its id.")
    slug: str | None = strawberry.field(default=ABSENT, description="Its slug.")


_FIELDS: dict[PostOrderField, post_pages.OrderField] = {
    PostOrderField.PUBLISHED_AT: "PUBLISHED_AT",
    PostOrderField.UPDATED_AT: "UPDATED_AT",
    PostOrderField.CREATED_AT: "CREATED_AT",
    PostOrderField.TITLE: "TITLE",
}


def order_of(order_by: PostOrder | None) -> post_pages.PostOrder:
    """The order that the argument means; the newest first where it is absent."""
    if order_by is None:
        return post_pages.PostOrder()
    return post_pages.PostOrder(_FIELDS[order_by.field], order_by.direction is OrderDirection.DESC)


def filter_of(where: PostFilter | None) -> post_filter.PostFilter:
    """The conditions that the argument means.

    Raises:
        BadInputError: a condition that cannot be, with its path.

    """
    if where is None:
        return post_filter.PostFilter()
    statuses, author, tags = given(where.status), given(where.author), given(where.tags_any)
    username, title = given(where.author_username), given(where.title_contains)
    span = given(where.published_at) or DateTimeRange()
    return post_filter.PostFilter(
        statuses=None if statuses is None else frozenset(status.name for status in statuses),
        author=None if author is None else decode_id_of("User", author, "where", "author"),
        author_username=None if username is None else stored_text(username, "where", "authorUsername"),
        tags_any=None if tags is None else _slugs(tags, "tagsAny"),
        tags_all=_slugs(given(where.tags_all) or [], "tagsAll") or None,
        published_gte=given(span.gte),
        published_gt=given(span.gt),
        published_lte=given(span.lte),
        published_lt=given(span.lt),
        title_contains=stored_text(title, "where", "titleContains") if title else None,
    )


def _slugs(slugs: list[str], name: str) -> tuple[str, ...]:
    if len(slugs) > LONGEST_LIST:
        raise BadInputError(f"`{name}` may have at most {LONGEST_LIST} items, not {len(slugs)}.", ["where", name])
    return tuple(sorted({stored_text(slug, "where", name, i) for i, slug in enumerate(slugs)}))
