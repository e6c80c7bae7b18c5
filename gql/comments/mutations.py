import asyncio
from typing import Annotated, Any

import strawberry

from core.markdown import render
from core.refusals import RefusedError, required_role
from db.database import WriteSession
from db.writes import comments
from gql.comments.mutation_inputs import AddCommentInput, ModerateCommentsInput, UpdateCommentInput
from gql.comments.payloads import CommentPayload, ModerateCommentsPayload
from gql.context import Info
from gql.given import given
from gql.mutations.inputs import NodeInput
from gql.mutations.run import Values, mutate, mutation, signed_in
from gql.relay.ids import decode_id_of
from gql.text import storable


async def _html(body: str) -> str:
    return (await asyncio.to_thread(render, body)).html


async def _add_comment(
    info: Info,
    input: Annotated[AddCommentInput, strawberry.argument(description="The comment.")],  # noqa: A002
) -> CommentPayload:
    viewer, body = signed_in(info.context), storable(input.body, "input", "body")
    post_id = decode_id_of("Post", input.post, "input", "post")
    above = given(input.parent)
    parent_id = None if above is None else decode_id_of("Comment", above, "input", "parent")
    comments.refuse_text(body)
    body_html = await _html(body)

    async def work(session: WriteSession) -> Values:
        assert viewer.user_id is not None
        await comments.refuse_comment(session, viewer, post_id, parent_id)
        comment = await comments.add_comment(
            session, post_id=post_id, author_id=viewer.user_id, body=body, body_html=body_html, parent_id=parent_id
        )
        return {"comment_id": comment.id}

    return await mutate(info, input, work)  # type: ignore[return-value] # stands for it


async def _update_comment(
    info: Info,
    input: Annotated[UpdateCommentInput, strawberry.argument(description="The new text.")],  # noqa: A002
) -> CommentPayload:
    viewer, body = signed_in(info.context), storable(input.body, "input", "body")
    comment_id = decode_id_of("Comment", input.id, "input", "id")
    comments.refuse_text(body)
    body_html = await _html(body)

    async def work(session: WriteSession) -> Values:
        await comments.update_comment(session, viewer, comment_id, body, body_html)
        return {"comment_id": comment_id}

    return await mutate(info, input, work)  # type: ignore[return-value] # stands for it


async def _delete_comment(
    info: Info,
    input: Annotated[NodeInput, strawberry.argument(description="Which comment.")],  # noqa: A002
) -> CommentPayload:
    viewer, comment_id = signed_in(info.context), decode_id_of("Comment", input.id, "input", "id")

    async def work(session: WriteSession) -> Values:
        await comments.delete_comment(session, viewer, comment_id)
        return {"comment_id": comment_id}

    return await mutate(info, input, work)  # type: ignore[return-value] # stands for it


async def _moderate_comments(
    info: Info,
    input: Annotated[ModerateCommentsInput, strawberry.argument(description="What becomes of which.")],  # noqa: A002
) -> ModerateCommentsPayload:
    if not signed_in(info.context).has("EDITOR"):
        raise RefusedError(required_role("EDITOR", "moderate comments"))
    ids = [decode_id_of("Comment", value, "input", "ids", index) for index, value in enumerate(input.ids)]
    action: Any = input.action.name

    async def work(session: WriteSession) -> Values:
        await comments.moderate_comments(session, ids, action)
        return {"comment_ids": ids}

    return await mutate(info, input, work)  # type: ignore[return-value] # stands for it


@strawberry.type
class CommentMutations:
    """Root fields."""

    add_comment: CommentPayload = mutation(_add_comment, "Comment on a published post, or reply to a comment on it.")
    update_comment: CommentPayload = mutation(_update_comment, "Change the text of one's own comment.")
    delete_comment: CommentPayload = mutation(
        _delete_comment, "Delete a comment; its place stays, so that the thread keeps together."
    )
    moderate_comments: ModerateCommentsPayload = mutation(
        _moderate_comments, "Hide, show or delete comments, all of them or none."
    )
