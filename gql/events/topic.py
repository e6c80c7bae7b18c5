"""What a subscription is about, and how a resolver hears of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from db.events import COMMENT_ADDED, COMMENTS_GAP, POST_KINDS, POSTS_GAP, Event


@dataclass(frozen=True, slots=True)
class Topic:
    """Which events a subscription tells of: of these kinds, and of this post, tag and author, where one is named."""

    kinds: tuple[str, ...]
    post_id: int | None = None
    tag: str | None = None
    author_id: int | None = None

    def has(self, event: Event) -> bool:
        """Whether an event is one of these; a gap in all of them is."""
        if event.kind not in self.kinds:
            return False
        if event.post_id is None:
            return True
        return (
            (self.post_id is None or event.post_id == self.post_id)
            and (self.tag is None or self.tag in event.tags)
            and (self.author_id is None or self.author_id in event.author_ids)
        )


def posts_published(tag: str | None, author_id: int | None) -> Topic:
    """Posts that are published, of a tag by its slug, and by whoever stands in the byline."""
    return Topic(("PUBLISHED", POSTS_GAP), None, tag, author_id)


def post_changed(post_id: int) -> Topic:
    """All that becomes of one post."""
    return Topic((*POST_KINDS, POSTS_GAP), post_id)


def comments_added(post_id: int) -> Topic:
    """Comments on one post."""
    return Topic((COMMENT_ADDED, COMMENTS_GAP), post_id)


class Subscribes(Protocol):
    """Gives the events of a topic that the viewer may be told of, in order, each once.

    After the event at a place, or from now on; it begins with a gap where what came after that place is gone.
    """

    async def __call__(self, topic: Topic, after: int | None) -> AsyncIterator[Event]: ...  # noqa: D102
