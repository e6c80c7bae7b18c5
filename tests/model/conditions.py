"""What a PostFilter leaves of a list of posts, one condition after the other."""

import operator
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from gql.relay.ids import encode_id
from tests.model.blog import Post
from tests.model.lists import Arguments, Lists, lower

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gte": operator.ge,
    "gt": operator.gt,
    "lte": operator.le,
    "lt": operator.lt,
}


def filtered(
    lists: Lists, posts: Sequence[Post], where: Arguments | None, statuses: Sequence[str] = ("PUBLISHED",)
) -> list[Post]:
    """The posts for which all conditions hold; a condition that is null is none, but the status has a default."""
    given = {"status": statuses} | {name: value for name, value in (where or {}).items() if value is not None}
    return [post for post in posts if all(_holds(lists, post, given))]


def _holds(lists: Lists, post: Post, given: Arguments) -> Iterator[bool]:  # noqa: C901 - a table
    slugs = {tag.slug for tag in lists.tags_of(post)}
    for name, value in given.items():
        match name:
            case "status":
                yield post.status in value
            case "author":
                yield value in {encode_id("User", user_id) for user_id in lists.bylines(post)}
            case "authorUsername":
                yield lower(value) in {lower(lists.users[user_id].username) for user_id in lists.bylines(post)}
            case "tagsAny":
                yield bool(slugs & set(value))
            case "tagsAll":
                yield slugs >= set(value)
            case "titleContains":
                yield lower(value) in lower(post.title)
            case "publishedAt":
                for comparison, instant in value.items():
                    if instant is not None:
                        published = post.published_at
                        yield published is not None and _COMPARE[comparison](published, datetime.fromisoformat(instant))
            case _:
                raise AssertionError(f"the model knows no condition {name}")
