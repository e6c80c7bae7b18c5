"""Authors that come in without an account."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.markdown import render
from db.models import User


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of an author; `username` says, whatever its case, who it is."""

    username: str
    name: str
    bio: str | None = None
    url: str | None = None


async def ensure_authors(session: AsyncSession, profiles: Sequence[Profile]) -> tuple[dict[str, int], int]:
    """Find the users of these profiles, make those that are missing, and bring those without an account up to date.

    Answers the ids by lower-case username, and how many were made. A user who has an account keeps his profile.
    """
    wanted = {profile.username.lower(): profile for profile in profiles}
    if not wanted:
        return {}, 0
    rows = [
        {
            "username": profile.username,
            "name": profile.name,
            "bio": profile.bio,
            "bio_html": None if profile.bio is None else render(profile.bio).html,
            "url": profile.url,
            "role": "AUTHOR",
        }
        for _, profile in sorted(wanted.items())
    ]
    statement = insert(User).values(rows)
    new = statement.excluded
    known = (User.name, func.coalesce(User.bio, ""), func.coalesce(User.url, ""))
    given = (new.name, func.coalesce(new.bio, User.bio, ""), func.coalesce(new.url, User.url, ""))
    upsert = statement.on_conflict_do_update(
        index_elements=[User.username_key],
        set_={
            "name": new.name,
            "bio": func.coalesce(new.bio, User.bio),
            "bio_html": func.coalesce(new.bio_html, User.bio_html),
            "url": func.coalesce(new.url, User.url),
            "updated_at": func.now(),
        },
        where=~User.has_account & func.row(*known).is_distinct_from(func.row(*given)),
    )
    before = set(await session.scalars(select(User.username_key).where(User.username_key.in_(wanted))))
    await session.execute(upsert)
    found = await session.execute(select(User.username_key, User.id).where(User.username_key.in_(wanted)))
    return {row[0]: row[1] for row in found}, len(wanted) - len(before)
