"""Comments: remarks on published posts, and what becomes of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select, update

from core.markdown import render
from core.refusals import InputRefusal, Refusal, RefusalCode, RefusedError, not_found, required_role
from core.viewer import Viewer
from db.database import WriteSession
from db.models import Comment, Post
from db.reads.rights import may_read
from db.writes.post_access import own_post
from db.writes.rules import bulk_refusals, refuse, text_refusals

LONGEST_COMMENT = 10_000

Action = Literal["HIDE", "SHOW", "DELETE"]
_BECOMES: dict[Action, str] = {"HIDE": "HIDDEN", "SHOW": "VISIBLE", "DELETE": "DELETED"}
_OPTIONS = {"synchronize_session": False}


async def add_comment(
    session: WriteSession,
    *,
    post_id: int,
    author_id: int,
    body: str,
    body_html: str | None = None,
    parent_id: int | None = None,
    status: str = "VISIBLE",
    created_at: datetime | None = None,
) -> Comment:
    """Add a comment to a post, or a reply to a comment on the same post; who may is not asked here."""
    comment = Comment(
        post_id=post_id,
        author_id=author_id,
        parent_id=parent_id,
        body=body,
        body_html=render(body).html if body_html is None else body_html,
        status=status,
    )
    if created_at is not None:
        comment.created_at = created_at
    session.add(comment)
    await session.flush()
    return comment


def refuse_text(body: str) -> None:
    """Refuse a text that is none, or too long.

    Raises:
        RefusedError: with the reason.

    """
    refuse([*text_refusals(body, ("body",), longest=LONGEST_COMMENT)])


async def refuse_comment(session: WriteSession, viewer: Viewer, post_id: int, parent_id: int | None) -> None:
    """Refuse a comment on a post that the viewer cannot see or that takes none; the post stays until the end.

    Raises:
        RefusedError: with the reason.

    """
    found = await session.execute(
        select(Post.status, own_post(viewer)).where(Post.id == post_id).with_for_update(key_share=True, read=True)
    )
    row = found.first()
    if row is None or not may_read(viewer, row[0], own=row[1]):
        raise RefusedError(not_found("post", "post"))
    if row[0] != "PUBLISHED":
        message = "Only published posts take comments."
        raise RefusedError(InputRefusal(RefusalCode.INVALID_STATE, message, ("post",)))
    if parent_id is None:
        return
    above = await session.execute(select(Comment.post_id, Comment.status).where(Comment.id == parent_id))
    parent = above.first()
    if parent is None or parent[0] != post_id:
        raise RefusedError(not_found("comment on this post", "parent"))
    if parent[1] != "VISIBLE":
        message = "What is hidden or deleted takes no replies."
        raise RefusedError(InputRefusal(RefusalCode.INVALID_STATE, message, ("parent",)))


async def update_comment(session: WriteSession, viewer: Viewer, comment_id: int, body: str, body_html: str) -> None:
    """Change the text of one's own comment.

    Raises:
        RefusedError: there is none that the viewer may see, it is another's, or it is hidden or deleted.

    """
    comment = await _locked(session, viewer, comment_id)
    if comment.author_id != viewer.user_id:
        message = "Only its author may change a comment; those who moderate may hide or delete it."
        raise RefusedError(InputRefusal(RefusalCode.FORBIDDEN, message, ("id",)))
    if comment.status != "VISIBLE":
        raise RefusedError(InputRefusal(RefusalCode.INVALID_STATE, f"The comment is {comment.status}.", ("id",)))
    values = {"body": body, "body_html": body_html, "edited_at": func.now()}
    changed = update(Comment).where(Comment.id == comment_id, Comment.body != body).values(values)
    await session.execute(changed, execution_options=_OPTIONS)


async def delete_comment(session: WriteSession, viewer: Viewer, comment_id: int) -> None:
    """Delete one's own comment, or as one who moderates any; its place stays.

    Raises:
        RefusedError: there is none that the viewer may see, he may not, or it is deleted.

    """
    comment = await _locked(session, viewer, comment_id)
    if comment.author_id != viewer.user_id and not viewer.has("EDITOR"):
        raise RefusedError(required_role("EDITOR", "delete the comments of others", "id"))
    if comment.status == "DELETED":
        raise RefusedError(InputRefusal(RefusalCode.INVALID_STATE, "The comment is deleted.", ("id",)))
    await session.execute(
        update(Comment).where(Comment.id == comment_id).values(status="DELETED"), execution_options=_OPTIONS
    )


async def moderate_comments(session: WriteSession, comment_ids: Sequence[int], action: Action) -> None:
    """Hide, show or delete comments, all of them or none: two statements. What is so already stays so.

    Raises:
        RefusedError: one is not there, or is deleted and can only stay so.

    """
    refuse([*bulk_refusals(comment_ids, ("ids",))])
    query = select(Comment.id, Comment.status).where(Comment.id.in_(comment_ids)).order_by(Comment.id)
    statuses = {row[0]: row[1] for row in await session.execute(query.with_for_update())}
    refuse([*_moderation_refusals(comment_ids, statuses, action)])
    becomes = _BECOMES[action]
    changed = update(Comment).where(Comment.id.in_(comment_ids), Comment.status != becomes).values(status=becomes)
    await session.execute(changed, execution_options=_OPTIONS)


def _moderation_refusals(comment_ids: Sequence[int], statuses: dict[int, str], action: Action) -> Iterator[Refusal]:
    for index, comment_id in enumerate(comment_ids):
        if comment_id not in statuses:
            yield not_found("comment", "ids", index)
        elif statuses[comment_id] == "DELETED" and action != "DELETE":
            message = "The comment is deleted, and stays so."
            yield InputRefusal(RefusalCode.INVALID_STATE, message, ("ids", index))


@dataclass(frozen=True, slots=True)
class _LockedComment:
    author_id: int
    status: str


async def _locked(session: WriteSession, viewer: Viewer, comment_id: int) -> _LockedComment:
    query = select(Comment.author_id, Comment.status, Post.status, own_post(viewer))
    found = await session.execute(
        query.join(Post, Post.id == Comment.post_id).where(Comment.id == comment_id).with_for_update(of=Comment)
    )
    row = found.first()
    if row is None or not may_read(viewer, row[2], own=row[3]):
        raise RefusedError(not_found("comment", "id"))
    return _LockedComment(row[0], row[1])
