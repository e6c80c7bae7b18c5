"""What a resolver of a subscription answers."""

from collections.abc import AsyncGenerator, Callable
from typing import Any, cast

import strawberry

from core.errors import BadRequestError
from gql.context import Info
from gql.events.ids import decode_event_id
from gql.events.topic import Topic
from gql.given import given


async def told(info: Info, topic: Topic, after_event: str | None) -> AsyncGenerator[Any, None]:
    """The events of a topic, each of which stands for what the field gives.

    Raises:
        BadInputError: `after_event` is no id of an event.
        ClientError: the database cannot say how far the log goes.

    """
    last = given(after_event)
    after = None if last is None else decode_event_id(last)
    if info.context.subscribes is None:
        raise BadRequestError("Nothing can be subscribed to here.")
    # An iterator that can be closed, as a generator can.
    return cast("AsyncGenerator[Any, None]", await info.context.subscribes(topic, after))


def subscription(resolver: Callable[..., Any], description: str) -> Any:
    """A field that gives one event after another."""
    return strawberry.subscription(resolver=resolver, description=description)
