"""Comments."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from core.markdown import render
from db.models import Comment


async def add_comment(
    session: AsyncSession,
    *,
    post_id: int,
    author_id: int,
    body: str,
    parent_id: int | None = None,
    status: str = "VISIBLE",
    created_at: datetime | None = None,
) -> Comment:
    """Add a comment to a post, or a reply to a comment on the same post."""
    comment = Comment(
        post_id=post_id,
        author_id=author_id,
        parent_id=parent_id,
        body=body,
        body_html=render(body).html,
        status=status,
    )
    if created_at is not None:
        comment.created_at = created_at
    session.add(comment)
    await session.flush()
    return comment
