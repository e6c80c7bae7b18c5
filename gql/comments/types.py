from datetime import datetime
from typing import Any

import strawberry

from db.reads.comments import CommentRow
from gql.comments.connection import comments_page, replies_asked
from gql.comments.inputs import CommentStatus
from gql.context import Info
from gql.directives import CacheControl
from gql.fields import column, computed, counted, global_id, relation
from gql.references import CommentType, PostType, UserType
from gql.relay.connection import Connection
from gql.relay.node import Node
from gql.scalars import HTML, Markdown
from gql.selection import NEEDS


def _can_update(root: strawberry.Parent[Any], info: Info) -> bool:
    return bool(root.author_id == info.context.viewer.user_id and root.status == "VISIBLE")


@strawberry.type(description="A remark on a post, or a reply to one.", directives=[CacheControl(max_age=3600)])
class Comment(Node):
    """Stands for a CommentRow."""

    id: strawberry.ID = global_id("Comment", "the comment")
    post: PostType = relation(lambda loaders: loaders.posts.by_id, "post_id", "The post that it is on.")
    author: UserType = relation(lambda loaders: loaders.users.by_id, "author_id", "Who wrote it.")
    body: Markdown | None = column("The text as it was written; null unless VISIBLE, but for those who moderate.")
    body_html: HTML | None = column("The text, rendered; null where `body` is.")
    status: CommentStatus = computed(lambda row: CommentStatus(row.status), "What has become of it.", needs=("status",))
    parent: CommentType | None = relation(
        lambda loaders: loaders.comments.by_id, "parent_id", "The comment that this one replies to."
    )
    reply_count: int = counted(lambda loaders: loaders.comments.replies.count(), "id", "How many replies it has.")
    replies: Connection[CommentType] = comments_page(
        lambda loaders: loaders.comments.replies, "The replies to it, the oldest first.", replies_asked
    )
    created_at: datetime = column("When it was written.")
    edited_at: datetime | None = column("When its text was last changed.")
    viewer_can_update: bool = strawberry.field(
        resolver=_can_update,
        description="Whether the viewer may change its text: it is his own, and VISIBLE.",
        metadata={NEEDS: ("author_id", "status")},
    )

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether a row is a comment."""
        return isinstance(value, CommentRow)
