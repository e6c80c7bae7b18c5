from typing import Annotated

import strawberry

from db.reads.post_rows import PostRow
from gql.context import Info
from gql.given import given
from gql.posts.connection import posts_page
from gql.posts.inputs import PostBy
from gql.posts.search import SEARCH, SearchConnection
from gql.references import PostType
from gql.relay.connection import Connection
from gql.relay.ids import decode_id_of
from gql.selection import Selection
from gql.text import stored_text


async def _post(
    info: Info, by: Annotated[PostBy, strawberry.argument(description="By its id, or by its slug.")]
) -> PostType | None:
    posts, columns = info.context.loaders.posts, Selection.of(info._raw_info).columns  # noqa: SLF001
    found: PostRow | None
    post_id = given(by.id)
    if post_id is not None:
        found = await posts.by_id.reading(columns).load(decode_id_of("Post", post_id, "by", "id"))
    else:
        found = await posts.by_slug.reading(columns).load(stored_text(given(by.slug) or "", "by", "slug"))
    return found  # type: ignore[return-value] # stands for it


@strawberry.type
class PostQueries:
    """Root fields."""

    post: PostType | None = strawberry.field(
        resolver=_post, description="One post; null when there is none that the viewer may see."
    )
    posts: Connection[PostType] = posts_page(lambda loaders: loaders.posts.all, None, "All posts.")
    search: SearchConnection = SEARCH
