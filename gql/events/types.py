from datetime import datetime
from enum import Enum
from typing import Any

import strawberry

from db.events import Event
from gql.comments.connection import ORDER
from gql.context import Info
from gql.events.ids import encode_event_id
from gql.fields import computed, relation
from gql.references import CommentType, PostType
from gql.relay.connection import Edge, EdgeRow
from gql.relay.ids import encode_id
from gql.selection import Selection


@strawberry.enum(description="What happened.")
class EventKind(Enum):
    """What happened."""

    PUBLISHED = strawberry.enum_value("PUBLISHED", description="A post was published.")
    UPDATED = strawberry.enum_value("UPDATED", description="A post was written to.")
    UNPUBLISHED = strawberry.enum_value("UNPUBLISHED", description="A post that was published is so no more.")
    DELETED = strawberry.enum_value("DELETED", description="A post was deleted.")
    COMMENT_ADDED = strawberry.enum_value("COMMENT_ADDED", description="Somebody commented on the post.")
    GAP = strawberry.enum_value(
        "GAP", description="Some events are not known any more, or were too many to be told: read anew what matters."
    )


def _kind(event: Event) -> EventKind:
    return EventKind.GAP if event.kind.endswith("GAP") else EventKind(event.kind)


EVENT_ID = "The place of the event, for `afterEvent`."
AT = "When the transaction began that did it."


@strawberry.type(description="Something that happened to a post.")
class PostEvent:
    """Stands for an Event."""

    event_id: str = computed(lambda event: encode_event_id(event.position), EVENT_ID, needs=())
    kind: EventKind = computed(_kind, "What happened.", needs=())
    at: datetime = computed(lambda event: event.at, AT, needs=())
    post_id: strawberry.ID | None = computed(
        lambda event: None if event.post_id is None else encode_id("Post", event.post_id),
        "The id of the post; null for a GAP.",
        needs=(),
    )
    post: PostType | None = relation(
        lambda loaders: loaders.posts.by_id,
        "post_id",
        "The post as it is now; null when there is none that the viewer may see.",
    )


async def _edge(root: strawberry.Parent[Any], info: Info) -> Edge[CommentType] | None:
    if root.comment_id is None:
        return None
    needs = Selection.of(info._raw_info).under("node").columns  # noqa: SLF001
    columns = ("id", *sorted({*needs, "created_at"} - {"id"}))
    row = await info.context.loaders.comments.by_id.reading(columns).load(root.comment_id)
    if row is None:
        return None
    return EdgeRow(row, ORDER, (row.created_at, row.id))  # type: ignore[return-value] # stands for it


@strawberry.type(description="Something that happened among the comments on a post.")
class CommentEvent:
    """Stands for an Event."""

    event_id: str = computed(lambda event: encode_event_id(event.position), EVENT_ID, needs=())
    kind: EventKind = computed(_kind, "What happened.", needs=())
    at: datetime = computed(lambda event: event.at, AT, needs=())
    comment: CommentType | None = relation(
        lambda loaders: loaders.comments.by_id,
        "comment_id",
        "The comment as it is now; null for a GAP, and when there is none that the viewer may see.",
    )
    comment_edge: Edge[CommentType] | None = strawberry.field(
        resolver=_edge, description="The comment at its place among those on its post."
    )
