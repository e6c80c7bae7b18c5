from datetime import datetime
from enum import Enum

import strawberry

from gql.given import ABSENT
from gql.mutations.inputs import CLIENT_MUTATION_ID
from gql.posts.inputs import PostStatus
from gql.scalars import Markdown

EXPECTED = "Write only if the post is still at this version; whatever it is when absent."
TITLE = "The title, as plain text: 1 to 300 characters."
SUMMARY = "Plain text, at most 2,000 characters"
BODY = "The text, at most 1,000,000 characters."
TAGS = "Names or slugs, at most 50; missing tags are made."
CO_AUTHORS = "Further authors, at most 50, in the order of the byline."
CANONICAL_URL = "Where the piece was first published, when that was elsewhere."


@strawberry.input(description="One row, and at which version it is expected.")
class VersionedInput:
    """One row, and at which version it is expected."""

    id: strawberry.ID = strawberry.field(description="Which.")
    expected_version: int | None = strawberry.field(default=ABSENT, description=EXPECTED)
    client_mutation_id: str | None = CLIENT_MUTATION_ID


@strawberry.input(description="A post to be made.")
class CreatePostInput:
    """A post to be made."""

    title: str = strawberry.field(description=TITLE)
    slug: str | None = strawberry.field(default=ABSENT, description="Made from the title when absent.")
    summary: str | None = strawberry.field(default=ABSENT, description=f"{SUMMARY}; the start of the body when absent.")
    body: Markdown = strawberry.field(description=BODY)
    status: PostStatus = strawberry.field(default=PostStatus.DRAFT, description="How far it has come.")
    published_at: datetime | None = strawberry.field(
        default=ABSENT, description="With PUBLISHED, for a piece that is older than its entry here."
    )
    canonical_url: str | None = strawberry.field(default=ABSENT, description=CANONICAL_URL)
    tags: list[str] | None = strawberry.field(default=ABSENT, description=TAGS)
    co_authors: list[strawberry.ID] | None = strawberry.field(default=ABSENT, description=CO_AUTHORS)
    client_mutation_id: str | None = CLIENT_MUTATION_ID


@strawberry.input(description="Changes of a post. An absent field stays as it is; null clears it.")
class UpdatePostInput:
    """Changes of a post."""

    id: strawberry.ID = strawberry.field(description="Which post.")
    expected_version: int | None = strawberry.field(default=ABSENT, description=EXPECTED)
    title: str | None = strawberry.field(default=ABSENT, description=TITLE)
    slug: str | None = strawberry.field(default=ABSENT, description="The last part of its address.")
    summary: str | None = strawberry.field(default=ABSENT, description=f"{SUMMARY}; null: the start of the body.")
    body: Markdown | None = strawberry.field(default=ABSENT, description=BODY)
    canonical_url: str | None = strawberry.field(default=ABSENT, description=CANONICAL_URL)
    tags: list[str] | None = strawberry.field(default=ABSENT, description=f"All of them. {TAGS}")
    co_authors: list[strawberry.ID] | None = strawberry.field(default=ABSENT, description=f"All of them. {CO_AUTHORS}")
    client_mutation_id: str | None = CLIENT_MUTATION_ID


@strawberry.input(description="An earlier text to be written again.")
class RestoreRevisionInput:
    """An earlier text to be written again."""

    id: strawberry.ID = strawberry.field(description="Which post.")
    version: int = strawberry.field(description="The version of the revision.")
    expected_version: int | None = strawberry.field(default=ABSENT, description=EXPECTED)
    client_mutation_id: str | None = CLIENT_MUTATION_ID


@strawberry.enum(description="What becomes of the others when some of many cannot be done.")
class BulkErrorPolicy(Enum):
    """What becomes of the others when some of many cannot be done."""

    ALL_OR_NOTHING = strawberry.enum_value("ALL_OR_NOTHING", description="Nothing is done at all.")
    SKIP_FAILED = strawberry.enum_value("SKIP_FAILED", description="The others are done.")


_POLICY = "What becomes of the others when some cannot be done."


@strawberry.input(description="Posts to be made at once.")
class CreatePostsInput:
    """Posts to be made at once."""

    posts: list[CreatePostInput] = strawberry.field(description="At most 100.")
    error_policy: BulkErrorPolicy = strawberry.field(default=BulkErrorPolicy.ALL_OR_NOTHING, description=_POLICY)
    client_mutation_id: str | None = CLIENT_MUTATION_ID


@strawberry.input(description="Posts to be changed at once.")
class BulkIdsInput:
    """Posts to be changed at once."""

    ids: list[strawberry.ID] = strawberry.field(description="At most 100.")
    error_policy: BulkErrorPolicy = strawberry.field(default=BulkErrorPolicy.ALL_OR_NOTHING, description=_POLICY)
    client_mutation_id: str | None = CLIENT_MUTATION_ID
