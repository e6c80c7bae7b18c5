from typing import Any

import strawberry

from gql.comments.connection import ORDER
from gql.context import Info
from gql.fields import relation
from gql.mutations.payload import MutationPayload
from gql.references import CommentType
from gql.relay.connection import Edge, EdgeRow
from gql.selection import Selection


async def _edge(root: strawberry.Parent[Any], info: Info) -> Edge[CommentType] | None:
    if root.comment_id is None:
        return None
    needs = Selection.of(info._raw_info).under("node").columns  # noqa: SLF001
    columns = ("id", *sorted({*needs, "created_at"} - {"id"}))
    row = await info.context.loaders.comments.by_id.reading(columns).load(root.comment_id)
    if row is None:
        return None
    return EdgeRow(row, ORDER, (row.created_at, row.id))  # type: ignore[return-value] # stands for it


@strawberry.type(description="The comment that was written.")
class CommentPayload(MutationPayload):
    """Stands for a Result with `comment_id`."""

    comment: CommentType | None = relation(
        lambda loaders: loaders.comments.by_id, "comment_id", "The comment as it is now."
    )
    comment_edge: Edge[CommentType] | None = strawberry.field(
        resolver=_edge, description="The comment at its place among those on its post."
    )


async def _moderated(root: strawberry.Parent[Any], info: Info) -> list[CommentType]:
    columns = Selection.of(info._raw_info).columns  # noqa: SLF001
    rows = await info.context.loaders.comments.by_id.reading(columns).load_many(root.comment_ids or [])
    return [row for row in rows if row is not None]  # type: ignore[misc] # stand for them


@strawberry.type(description="The comments that were moderated.")
class ModerateCommentsPayload(MutationPayload):
    """Stands for a Result with `comment_ids`."""

    comments: list[CommentType] = strawberry.field(
        resolver=_moderated, description="The comments as they are now, in the order of the input."
    )
