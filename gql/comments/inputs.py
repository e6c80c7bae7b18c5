from enum import Enum

import strawberry

from gql.posts.inputs import OrderDirection


@strawberry.enum(description="What has become of a comment.")
class CommentStatus(Enum):
    """What has become of a comment."""

    VISIBLE = strawberry.enum_value("VISIBLE", description="Everybody who sees the post sees it.")
    HIDDEN = strawberry.enum_value("HIDDEN", description="A moderator took its text away; its place stays.")
    DELETED = strawberry.enum_value("DELETED", description="Its text is gone; its place stays.")


@strawberry.enum(description="What comments can be ordered by.")
class CommentOrderField(Enum):
    """What comments can be ordered by."""

    CREATED_AT = strawberry.enum_value("CREATED_AT", description="When it was written.")


@strawberry.input(description="The order of a list of comments.")
class CommentOrder:
    """The order of a list of comments."""

    field: CommentOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="From which end.")
