from typing import Annotated

import strawberry

from gql.context import Context
from gql.fields import Selected
from gql.given import given
from gql.lookups import Found, looked_up
from gql.posts.connection import posts_page
from gql.posts.inputs import PostBy
from gql.posts.search import SEARCH, SearchConnection
from gql.references import PostType
from gql.relay.connection import Connection
from gql.relay.ids import decode_id_of
from gql.text import stored_text


def _post_by(
    by: Annotated[PostBy, strawberry.argument(description="By its id, or by its slug.")],
) -> int | str:
    post_id = given(by.id)
    if post_id is not None:
        return decode_id_of("Post", post_id, "by", "id")
    return stored_text(given(by.slug) or "", "by", "slug")


def _post(context: Context, by: int | str, selected: Selected) -> Found:
    posts, columns = context.loaders.posts, selected().columns
    return (posts.by_id.reading(columns) if isinstance(by, int) else posts.by_slug.reading(columns)), by


@strawberry.type
class PostQueries:
    """Root fields."""

    post: PostType | None = looked_up(_post, _post_by, "One post; null when there is none that the viewer may see.")
    posts: Connection[PostType] = posts_page(lambda loaders: loaders.posts.all, None, "All posts.")
    search: SearchConnection = SEARCH
