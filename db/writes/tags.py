"""Tags: found or made by their names, made, changed, merged and deleted."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Text, bindparam, cast, delete, exists, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.sql.functions import min as least

from core.refusals import InputRefusal, Refusal, RefusalCode, RefusedError, TakenRefusal, not_found
from core.slugs import slugify
from db.database import WriteSession
from db.models import PostTag, Tag
from db.statements import AnySelect
from db.writes.rules import bulk_refusals, refuse, slug_refusals, text_refusals
from db.writes.slugs import free_slug, lock_slugs, slugs_like

LONGEST_NAME = 100
LONGEST_DESCRIPTION = 2_000


async def tags_by_slug(session: WriteSession, names: Collection[str]) -> tuple[dict[str, int], int]:
    """Find tags by their names or slugs, and make those that are missing: three statements at most, or none.

    Answers the tags' ids by what `slugify` makes of the names, and how many were made. Names with the same slug are one
    tag, under the name that came first; a name that leaves no slug is passed over.
    """
    wanted: dict[str, str] = {}
    for name in names:
        if slug := slugify(name):
            wanted.setdefault(slug, name.strip())
    if not wanted:
        return {}, 0
    # In one order, so that two transactions that make the same tags do not wait for each other in a ring.
    rows = [{"slug": slug, "name": name} for slug, name in sorted(wanted.items())]
    made = await session.execute(insert(Tag).values(rows).on_conflict_do_nothing().returning(Tag.id))
    number = len(made.all())
    by_slug = await session.execute(select(Tag.slug, Tag.id).where(Tag.slug.in_(wanted)))
    found: dict[str, int] = {row.slug: row.id for row in by_slug}
    missing = {name: slug for slug, name in wanted.items() if slug not in found}
    if missing:
        # A name may stand under a slug of its own choice.
        meant = func.unnest(bindparam("names", list(missing), type_=ARRAY(Text)))
        by_name = meant.table_valued(Column("name", Text), name="meant").render_derived()
        same = select(by_name.c.name, Tag.id).join(Tag, Tag.name_key == func.lower(by_name.c.name))
        found |= {missing[name]: tag_id for name, tag_id in await session.execute(same)}
    return found, number


async def ensure_tags(session: WriteSession, names: Sequence[str]) -> tuple[list[int], int]:
    """The ids of the tags of these names or slugs, in their order, each once, and how many had to be made."""
    found, number = await tags_by_slug(session, names)
    slugs = (slugify(name) for name in names)
    return list(dict.fromkeys(found[slug] for slug in slugs if slug in found)), number


async def create_tag(session: WriteSession, name: str, slug: str | None, description: str | None) -> int:
    """Make a tag; answers its id.

    Raises:
        RefusedError: a value breaks a rule, or another tag has the name or the slug.

    """
    refuse([*_refusals({"name": name, "description": description} | ({} if slug is None else {"slug": slug}))])
    slug = slug or slugify(name)
    await _refuse_taken(session, None, name, slug)
    made = insert(Tag).values(name=name.strip(), slug=slug, description=description).returning(Tag.id)
    return (await session.execute(made)).scalar_one()


async def update_tag(session: WriteSession, tag_id: int, given: dict[str, Any]) -> None:
    """Change a tag: `given` has its new `name`, `slug` and `description`, those that change.

    Raises:
        RefusedError: there is none, a value breaks a rule, or another tag has the name or the slug.

    """
    tag = await session.get(Tag, tag_id, with_for_update=True)
    if tag is None:
        raise RefusedError(not_found("tag", "id"))
    refuse([*_refusals(given)])
    given = {name: value.strip() if name == "name" else value for name, value in given.items()}
    await _refuse_taken(session, tag_id, given.get("name", tag.name), given.get("slug", tag.slug))
    if any(getattr(tag, name) != value for name, value in given.items()):
        for name, value in given.items():
            setattr(tag, name, value)
        tag.updated_at = func.now()
    await session.flush()


async def merge_tags(session: WriteSession, merged: Sequence[int], into: int) -> None:
    """Move the posts of some tags to another, and delete these: three statements, however many posts.

    Raises:
        RefusedError: a tag is not there, or is to be merged into itself.

    """
    refuse([*bulk_refusals(merged, ("from",))])
    wanted = sorted({*merged, into})
    locked = set(await session.scalars(select(Tag.id).where(Tag.id.in_(wanted)).order_by(Tag.id).with_for_update()))
    refuse([*_merge_refusals(merged, into, locked)])
    moved: AnySelect = select(PostTag.post_id, bindparam("into", into), least(PostTag.position)).where(
        PostTag.tag_id.in_(merged)
    )
    links = insert(PostTag).from_select(["post_id", "tag_id", "position"], moved.group_by(PostTag.post_id))
    await session.execute(links.on_conflict_do_nothing())
    await session.execute(delete(Tag).where(Tag.id.in_(merged)), execution_options={"synchronize_session": False})


async def delete_tag(session: WriteSession, tag_id: int) -> None:
    """Delete a tag; posts that carry it lose it.

    Raises:
        RefusedError: there is none.

    """
    gone = await session.execute(delete(Tag).where(Tag.id == tag_id).returning(Tag.id))
    if gone.first() is None:
        raise RefusedError(not_found("tag", "id"))


def _refusals(given: dict[str, Any]) -> Iterator[Refusal]:
    if "name" in given:
        yield from text_refusals(given["name"], ("name",), longest=LONGEST_NAME)
        if given["name"] and given["name"].strip() and "slug" not in given and not slugify(given["name"]):
            yield InputRefusal(RefusalCode.INVALID, "A tag's name has at least a letter or a digit.", ("name",))
    if "slug" in given:
        if given["slug"] is None:
            yield InputRefusal(RefusalCode.REQUIRED, "This must not be null.", ("slug",))
        else:
            yield from slug_refusals(given["slug"], ("slug",))
    yield from text_refusals(given.get("description"), ("description",), longest=LONGEST_DESCRIPTION, required=False)


def _merge_refusals(merged: Sequence[int], into: int, known: set[int]) -> Iterator[Refusal]:
    for index, tag_id in enumerate(merged):
        if tag_id not in known:
            yield not_found("tag", "from", index)
        elif tag_id == into:
            yield InputRefusal(RefusalCode.INVALID, "A tag cannot be merged into itself.", ("from", index))
    if into not in known:
        yield not_found("tag", "into")


async def _refuse_taken(session: WriteSession, tag_id: int | None, name: str, slug: str) -> None:
    """Refuse a name or slug that another tag has."""
    await lock_slugs(session, [f"tag:{slug}"])
    refusals: list[Refusal] = []
    taken = await slugs_like(session, Tag.slug, [slug])
    holder = await session.scalar(select(Tag.id).where(Tag.slug == slug)) if slug in taken else None
    if holder not in (None, tag_id):
        message = f"Another tag has the slug {slug}."
        refusals.append(TakenRefusal(RefusalCode.TAKEN, message, ("slug",), free_slug(slug, taken)))
    namesake = await session.scalar(select(Tag.id).where(Tag.name_key == func.lower(name.strip())))
    if namesake not in (None, tag_id):
        suggestion = await _free_name(session, name.strip())
        refusals.append(TakenRefusal(RefusalCode.TAKEN, "Another tag has this name.", ("name",), suggestion))
    refuse(refusals)


async def _free_name(session: WriteSession, name: str) -> str:
    """The name with the least number behind it that makes it free; one statement, for a small number nearly always."""
    start = name[: LONGEST_NAME - 6].rstrip()
    number = func.generate_series(2, 99_999).column_valued("number")
    numbered = literal(f"{start} ").concat(cast(number, Text))
    taken = exists().where(Tag.name_key == func.lower(numbered))
    free = await session.scalar(select(numbered).where(~taken).order_by(number).limit(1))
    return free or start
