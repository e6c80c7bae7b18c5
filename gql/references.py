"""Types by name, for modules that refer to each other."""

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from gql.accounts.types import Session, Viewer
    from gql.comments.types import Comment
    from gql.posts.types import Post
    from gql.revisions.types import Revision
    from gql.tags.types import Tag
    from gql.users.types import User

CommentType = Annotated["Comment", strawberry.lazy("gql.comments.types")]
PostType = Annotated["Post", strawberry.lazy("gql.posts.types")]
RevisionType = Annotated["Revision", strawberry.lazy("gql.revisions.types")]
SessionType = Annotated["Session", strawberry.lazy("gql.accounts.types")]
TagType = Annotated["Tag", strawberry.lazy("gql.tags.types")]
UserType = Annotated["User", strawberry.lazy("gql.users.types")]
ViewerType = Annotated["Viewer", strawberry.lazy("gql.accounts.types")]
