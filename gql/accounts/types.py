from datetime import datetime
from typing import Any

import strawberry

from db.reads.sessions import SessionRow
from db.reads.viewers import ViewerRow
from gql.context import Info
from gql.directives import CacheControl, CacheControlScope, ListSize
from gql.fields import column, computed, global_id, relation
from gql.posts.connection import written_by_viewer_page
from gql.references import PostType, SessionType, UserType
from gql.relay.connection import Connection
from gql.relay.node import Node
from gql.selection import NEEDS

_PRIVATE = [CacheControl(max_age=0, scope=CacheControlScope.PRIVATE)]


def _is_current(root: strawberry.Parent[Any], info: Info) -> bool:
    return bool(root.id == info.context.viewer.session_id)


@strawberry.type(description="A sign-in that has not ended; only its user sees it.", directives=_PRIVATE)
class Session(Node):
    """Stands for a SessionRow."""

    id: strawberry.ID = global_id("Session", "the session")
    created_at: datetime = column("When the user signed in.")
    last_seen_at: datetime = column("When it was last carried on by its refresh token.")
    expires_at: datetime = column("When it ends, unless it is carried on before.")
    user_agent: str | None = column("What the client called itself when the user signed in.")
    current: bool = strawberry.field(
        resolver=_is_current, description="Whether this request was sent by it.", metadata={NEEDS: ("id",)}
    )

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether a row is a session."""
        return isinstance(value, SessionRow)


@strawberry.type(description="Whoever is signed in, with what only he may see.", directives=_PRIVATE)
class Viewer(Node):
    """Stands for a ViewerRow."""

    id: strawberry.ID = global_id("Viewer", "the viewer")
    user: UserType = relation(lambda loaders: loaders.users.by_id, "id", "The public profile.")
    email: str = computed(lambda row: row.email, "The e-mail address of the account.", needs=("email",))
    posts: Connection[PostType] = written_by_viewer_page("All that the viewer wrote, whatever its status.")
    sessions: list[SessionType] = relation(
        lambda loaders: loaders.accounts.sessions_of_user,
        "id",
        "The sessions that have not ended, the newest first.",
        directives=[ListSize(assumed_size=5)],
    )

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether a row is a viewer."""
        return isinstance(value, ViewerRow)
