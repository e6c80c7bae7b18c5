from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Annotated

import strawberry

from core.errors import BadInputError
from db.reads.post_rows import PostRow
from db.reads.posts import RELATED_AMONG
from gql.comments.connection import comments_page
from gql.directives import CacheControl, ListSize
from gql.fields import From, column, computed, counted, global_id, paged, relation
from gql.posts.inputs import PostStatus
from gql.references import CommentType, PostType, RevisionType, TagType, UserType
from gql.relay.connection import Connection
from gql.relay.node import Node
from gql.relay.paging import LARGEST_SIZE
from gql.revisions.connection import revisions_page
from gql.scalars import HTML, Markdown
from gql.selection import Selection

WORDS_A_MINUTE = 230


@dataclass(frozen=True, slots=True)
class RelatedAsked:
    """How many related posts."""

    first: int


def related_asked(
    first: Annotated[int, strawberry.argument(description="How many at most; up to 100.")] = 3,
) -> RelatedAsked:
    """The argument of `related`."""
    if not 0 <= first <= LARGEST_SIZE:
        raise BadInputError(f"`first` must be between 0 and {LARGEST_SIZE}, not {first}.", ["first"])
    return RelatedAsked(first)


def _related(asked: RelatedAsked, selection: Selection) -> From:
    first, columns = asked.first, selection.columns
    return lambda loaders: loaders.posts.related(first).reading(columns)


@strawberry.type(description="A piece of writing.", directives=[CacheControl(max_age=3600)])
class Post(Node):
    """Stands for a PostRow."""

    id: strawberry.ID = global_id("Post", "the post")
    slug: str = column("The last part of its address; lower-case letters, digits and hyphens.")
    title: str = column("The title, as plain text.")
    summary: str = column("Hand-written, or else the start of the body as plain text.")
    body: Markdown = column("The text as it was written.")
    body_html: HTML = column("The text, rendered.")
    word_count: int = column("How many words the text has.")
    reading_time_minutes: int = computed(
        lambda row: max(1, ceil(row.word_count / WORDS_A_MINUTE)),
        f"Minutes that reading takes, at {WORDS_A_MINUTE} words each; at least one.",
        needs=("word_count",),
    )
    status: PostStatus = computed(lambda row: PostStatus(row.status), "How far it has come.", needs=("status",))
    canonical_url: str | None = column("Where the piece was first published, when that was elsewhere.")
    author: UserType = relation(lambda loaders: loaders.users.by_id, "author_id", "Who wrote it.")
    co_authors: list[UserType] = relation(
        lambda loaders: loaders.users.coauthors_of_post,
        "id",
        "Further authors, in the order of the byline.",
        directives=[ListSize(assumed_size=2)],
    )
    tags: list[TagType] = relation(
        lambda loaders: loaders.tags.of_post,
        "id",
        "Its subjects, in the order in which the author named them.",
        directives=[ListSize(assumed_size=5)],
    )
    created_at: datetime = column("When it came into being here.")
    updated_at: datetime = column("When it was last written to.")
    published_at: datetime | None = column("When it was first published, here or elsewhere.")
    version: int = column("Goes up by one with each write; send it back as expectedVersion.")
    comment_count: int = counted(
        lambda loaders: loaders.comments.on_post.count(), "id", "How many places `comments` has, replies included."
    )
    comments: Connection[CommentType] = comments_page(
        lambda loaders: loaders.comments.on_post,
        "All comments, replies included; the oldest first. Hidden and deleted ones keep their place without a text.",
    )
    previous: PostType | None = relation(
        lambda loaders: loaders.posts.previous, "id", "The post published just before this one."
    )
    next: PostType | None = relation(
        lambda loaders: loaders.posts.next, "id", "The post published just after this one."
    )
    related: list[PostType] = paged(
        _related,
        "id",
        related_asked,
        "Published posts with tags in common, most in common first, then the newest; "
        f"looked for among the {RELATED_AMONG} newest posts of each tag.",
        directives=[ListSize(assumed_size=3, slicing_arguments=["first"])],
    )
    viewer_can_update: bool = counted(
        lambda loaders: loaders.posts.updatable, "id", "Whether the viewer may update it."
    )
    revisions: Connection[RevisionType] = revisions_page(
        lambda loaders: loaders.revisions.of_post,
        "Earlier texts, newest first. Needs the right to update the post; to others there are none.",
    )

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether a row is a post."""
        return isinstance(value, PostRow)
