"""What a write must know before it writes."""

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Post, User


async def is_empty(session: AsyncSession) -> bool:
    """Whether there is neither a user nor a post."""
    found = await session.scalar(select(exists().select_from(User) | exists().select_from(Post)))
    return not found


async def ids_by_slug(session: AsyncSession) -> dict[str, int]:
    """The ids of all posts, by slug."""
    return {row[0]: row[1] for row in await session.execute(select(Post.slug, Post.id))}


async def ids_by_username(session: AsyncSession) -> dict[str, int]:
    """The ids of all users, by username in lower case."""
    return {row[0]: row[1] for row in await session.execute(select(User.username_key, User.id))}
