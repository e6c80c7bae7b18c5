from datetime import datetime
from enum import Enum

import strawberry

from db.reads.post_filter import PostFilter
from db.reads.users import UserRow
from gql.directives import CacheControl
from gql.fields import column, computed, counted, global_id
from gql.posts.connection import posts_page
from gql.references import PostType
from gql.relay.connection import Connection
from gql.relay.node import Node
from gql.scalars import HTML, Markdown


@strawberry.enum(description="What a user may do; each may also do what stands before it.")
class Role(Enum):
    """What a user may do."""

    READER = strawberry.enum_value("READER", description="Comments.")
    AUTHOR = strawberry.enum_value("AUTHOR", description="Writes and publishes own posts.")
    EDITOR = strawberry.enum_value("EDITOR", description="Writes any post, and moderates comments.")
    ADMIN = strawberry.enum_value("ADMIN", description="Manages users.")


@strawberry.type(
    description="A public profile. What is private lives on Viewer.", directives=[CacheControl(max_age=3600)]
)
class User(Node):
    """Stands for a UserRow."""

    id: strawberry.ID = global_id("User", "the user")
    username: str = column("The name in addresses, unique whatever its case.")
    name: str = column("The name that readers see.")
    bio: Markdown | None = column("What the user says of himself, as it was written.")
    bio_html: HTML | None = column("What the user says of himself, rendered.")
    url: str | None = column("His own page elsewhere.")
    role: Role = computed(lambda row: Role(row.role), "What he may do here.", needs=("role",))
    joined_at: datetime = computed(
        lambda row: row.created_at, "When the profile came into being here.", needs=("created_at",)
    )
    has_account: bool = column("False for an author that came in through an import and has no account.")
    posts: Connection[PostType] = posts_page(
        lambda loaders: loaders.posts.by_author,
        "id",
        "Written or co-written; what the viewer may not see is not in the list, nor in its count.",
    )
    post_count: int = counted(
        lambda loaders: loaders.posts.by_author.count(PostFilter()),
        "id",
        "How many published posts the user wrote or co-wrote.",
    )

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether a row is a user."""
        return isinstance(value, UserRow)
