"""Slugs that are free: of posts and of tags."""

from collections.abc import Collection, Iterable, Iterator
from itertools import count

from sqlalchemy import Column, Text, bindparam, func, select, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from db.database import WriteSession

LONGEST = 120

SlugColumn = InstrumentedAttribute[str]

# Any number will do, so long as nothing else locks by it.
_LOCKS = 7_231_004_916


async def lock_slugs(session: WriteSession, wanted: Collection[str]) -> None:
    """Let whoever wants one of these slugs wait until this transaction ends; always in one order."""
    locked = text("SELECT pg_advisory_xact_lock(:space, hashtext(slug)) FROM unnest(:slugs) AS slug")
    typed = locked.bindparams(bindparam("slugs", type_=ARRAY(Text)), space=_LOCKS % 2**31)
    await session.execute(typed, {"slugs": sorted(set(wanted))})


async def slugs_like(session: WriteSession, column: SlugColumn, wanted: Collection[str]) -> set[str]:
    """Which slugs are taken among these and their numbered kin: one statement, a walk along the index for each."""
    # A long slug is cut to make room for its number.
    cut = {_cut(slug, digits) for slug in wanted for digits in range(1, 5) if len(slug) > LONGEST - 1 - digits}
    meant = func.unnest(bindparam("wanted", sorted({*wanted, *cut}), type_=ARRAY(Text)))
    wanted_slugs = meant.table_valued(Column("slug", Text), name="wanted").render_derived()
    slug = wanted_slugs.c.slug
    # "-" comes just before "." in ASCII: this is the slug itself, and whatever continues it after a hyphen.
    kin = select(column.label("slug")).where(column >= slug, column < slug.concat(".")).correlate(wanted_slugs)
    each = kin.lateral("kin")
    return set(await session.scalars(select(each.c.slug).select_from(wanted_slugs.join(each, true()))))


def free_slug(wanted: str, taken: Collection[str]) -> str:
    """The slug itself, or with the least number behind it that makes it free."""
    return next(slug for slug in _candidates(wanted) if slug not in taken)


def _candidates(wanted: str) -> Iterator[str]:
    yield wanted
    yield from _numbered(wanted, count(2))


def _numbered(wanted: str, numbers: Iterable[int]) -> Iterator[str]:
    return (f"{_cut(wanted, len(str(number)))}-{number}" for number in numbers)


def _cut(wanted: str, digits: int) -> str:
    return wanted[: LONGEST - 1 - digits].rstrip("-")
