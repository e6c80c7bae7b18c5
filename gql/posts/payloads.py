from typing import Any

import strawberry

from gql.context import Info
from gql.fields import computed, relation
from gql.mutations.errors import UserError
from gql.mutations.payload import MutationPayload
from gql.references import PostType
from gql.relay.connection import Edge, EdgeRow
from gql.relay.ids import encode_id
from gql.selection import Selection

_ORDER = "PUBLISHED_AT"


async def _edge(root: strawberry.Parent[Any], info: Info) -> Edge[PostType] | None:
    if root.post_id is None:
        return None
    needs = Selection.of(info._raw_info).under("node").columns  # noqa: SLF001
    columns = ("id", *sorted({*needs, "published_key"} - {"id"}))
    row = await info.context.loaders.posts.by_id.reading(columns).load(root.post_id)
    if row is None:
        return None
    return EdgeRow(row, _ORDER, (row.published_key, row.id))  # type: ignore[return-value] # stands for it


@strawberry.type(description="The post that was written.")
class PostPayload(MutationPayload):
    """Stands for a Result with `post_id`."""

    post: PostType | None = relation(lambda loaders: loaders.posts.by_id, "post_id", "The post as it is now.")
    post_edge: Edge[PostType] | None = strawberry.field(
        resolver=_edge, description="The post at its place in a list by date of publication."
    )


@strawberry.type(description="What became of one of many.")
class BulkPostResult:
    """Stands for a Result of one row, with `index`, and `post_id` or `deleted_post_id`."""

    index: int = computed(lambda row: row.index, "Its place in the input.", needs=())
    post: PostType | None = relation(
        lambda loaders: loaders.posts.by_id, "post_id", "The post as it is now; null when nothing was done, or deleted."
    )
    deleted_id: strawberry.ID | None = computed(
        lambda row: None if row.deleted_post_id is None else encode_id("Post", row.deleted_post_id),
        "The id that nothing has any more.",
        needs=(),
    )
    user_errors: list[UserError] = computed(lambda row: row.refusals, "Why nothing was done.", needs=())


@strawberry.type(description="What became of many.")
class BulkPostsPayload(MutationPayload):
    """Stands for a Result with `count` and `rows`."""

    count: int = computed(lambda result: result.count or 0, "How many were done.", needs=())
    results: list[BulkPostResult] = computed(
        lambda result: result.rows or [], "What became of each, in the order of the input.", needs=()
    )
