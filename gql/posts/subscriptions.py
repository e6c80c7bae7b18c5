from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from gql.context import Info
from gql.events.ids import NO_EVENT, AfterEvent
from gql.events.source import subscription, told
from gql.events.topic import post_changed, posts_published
from gql.events.types import PostEvent
from gql.given import ABSENT, given
from gql.relay.ids import decode_id_of
from gql.text import stored_text


async def _post_published(
    info: Info,
    tag: Annotated[str | None, strawberry.argument(description="Only those with the tag of this slug.")] = ABSENT,
    author: Annotated[strawberry.ID | None, strawberry.argument(description="Only those of this author.")] = ABSENT,
    after_event: AfterEvent = NO_EVENT,
) -> AsyncGenerator[PostEvent, None]:
    slug, user = given(tag), given(author)
    topic = posts_published(
        None if slug is None else stored_text(slug, "tag"),
        None if user is None else decode_id_of("User", user, "author"),
    )
    return await told(info, topic, after_event)


async def _post_changed(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="Which post.")],  # noqa: A002
    after_event: AfterEvent = NO_EVENT,
) -> AsyncGenerator[PostEvent, None]:
    return await told(info, post_changed(decode_id_of("Post", id, "id")), after_event)


@strawberry.type
class PostSubscriptions:
    """Root fields."""

    post_published: PostEvent = subscription(_post_published, "Tells of each post that is published.")
    post_changed: PostEvent = subscription(
        _post_changed, "Tells of all that becomes of a post, as far as the viewer may know of it."
    )
