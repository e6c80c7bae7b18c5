from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from gql.context import Info
from gql.events.ids import NO_EVENT, AfterEvent
from gql.events.source import subscription, told
from gql.events.topic import comments_added
from gql.events.types import CommentEvent
from gql.relay.ids import decode_id_of


async def _comment_added(
    info: Info,
    post: Annotated[strawberry.ID, strawberry.argument(description="The post that they are on.")],
    after_event: AfterEvent = NO_EVENT,
) -> AsyncGenerator[CommentEvent, None]:
    return await told(info, comments_added(decode_id_of("Post", post, "post")), after_event)


@strawberry.type
class CommentSubscriptions:
    """Root fields."""

    comment_added: CommentEvent = subscription(
        _comment_added,
        "Tells of each comment on a post that the viewer may see, replies included.",
    )
