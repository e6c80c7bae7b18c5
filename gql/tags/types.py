import strawberry

from db.reads.post_filter import PostFilter
from db.reads.tags import TagRow
from gql.directives import CacheControl
from gql.fields import column, counted, global_id
from gql.posts.connection import posts_page
from gql.references import PostType
from gql.relay.connection import Connection
from gql.relay.node import Node


@strawberry.type(description="A subject that posts share.", directives=[CacheControl(max_age=3600)])
class Tag(Node):
    """Stands for a TagRow."""

    id: strawberry.ID = global_id("Tag", "the tag")
    slug: str = column("The last part of its address; lower-case letters, digits and hyphens.")
    name: str = column("Its name.")
    description: str | None = column("What it stands for, as plain text.")
    post_count: int = counted(
        lambda loaders: loaders.posts.by_tag.count(PostFilter()), "id", "How many published posts carry it."
    )
    posts: Connection[PostType] = posts_page(lambda loaders: loaders.posts.by_tag, "id", "The posts that carry it.")

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether a row is a tag."""
        return isinstance(value, TagRow)
