"""Tags."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.slugs import slugify
from db.models import Tag


async def ensure_tags(session: AsyncSession, names: Sequence[str]) -> tuple[list[int], int]:
    """Find tags by their names or slugs, and make those that are missing.

    Answers the ids in the order of the names, each once, and how many were made. Names with the same slug are one
    tag, under the name that came first; a name that leaves no slug is passed over.
    """
    wanted: dict[str, str] = {}
    for name in names:
        if slug := slugify(name):
            wanted.setdefault(slug, name)
    if not wanted:
        return [], 0
    rows = [{"slug": slug, "name": name} for slug, name in sorted(wanted.items())]
    made = await session.execute(insert(Tag).values(rows).on_conflict_do_nothing().returning(Tag.id))
    number = len(made.all())
    by_slug = await session.execute(select(Tag.slug, Tag.id).where(Tag.slug.in_(wanted)))
    found: dict[str, int] = {row.slug: row.id for row in by_slug}
    # A name may stand under a slug of its own choice.
    missing = {name.lower(): slug for slug, name in wanted.items() if slug not in found}
    if missing:
        by_name = await session.execute(select(Tag.name_key, Tag.id).where(Tag.name_key.in_(missing)))
        found |= {missing[key]: tag_id for key, tag_id in by_name}
    return list(dict.fromkeys(found[slug] for slug in wanted if slug in found)), number
