"""Tags. Whoever asks may see them."""

from collections.abc import Awaitable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, func, select

from db import depends
from db.database import ReadSession
from db.keyset import Keyset, page_select
from db.models import PostTag, Tag
from db.pages import BEHIND_PAGE, Page, PageArgs, PageShape, read_pages
from db.reads.keyed import KEYED, LINKED, Found, find, find_linked
from db.rows import Columns, Row
from db.statements import (
    STATEMENTS_KEPT,
    AnySelect,
    RowStatement,
    Statement,
    compile_rows,
    compile_statement,
    ids,
    is_one_of,
    texts,
)

TAGS = Tag.__table__

# Follows every string that begins alike: the last code point that UTF-8 has.
_AFTER_ALL = "\U0010ffff"


class TagRow(Row):
    """A tag, with the columns that were asked for."""

    __slots__ = ()

    id: int
    slug: str
    name: str
    description: str | None


def by_id(session: ReadSession, keys: Sequence[int], columns: Columns) -> Awaitable[Found[TagRow]]:
    """The tags of these ids: one statement."""
    session.depends_on(depends.rows("tag", keys))
    return find(session, _by_id(columns), keys)


def by_slug(session: ReadSession, keys: Sequence[str], columns: Columns) -> Awaitable[Found[TagRow]]:
    """The tags of these slugs: one statement."""
    session.depends_on(depends.uniques("tag", "slug", keys))
    return find(session, _by_slug(columns), keys)


def of_posts(session: ReadSession, keys: Sequence[int], columns: Columns) -> Awaitable[Found[TagRow]]:
    """The tags of these posts, in the order in which each names them: one statement."""
    session.depends_on(depends.uniques("links", "post", keys))
    return find_linked(session, "tag", _of_posts(columns), keys)


async def page_tags(session: ReadSession, prefix: str | None, args: PageArgs, columns: Columns) -> Page[TagRow]:
    """A page of the tags whose names begin with `prefix`, whatever its case, by name: one statement."""
    statement = _page_statement(columns, args.shape, prefix is not None)
    records = await session.fetch(statement, {**args.values(), **_range(prefix)})
    page = read_pages(records, [None], args)[0]
    session.depends_on((depends.TAGS, *depends.rows("tag", page.ids)))
    return page


async def count_tags(session: ReadSession, prefix: str | None) -> int:
    """How many tags that list holds altogether: one statement."""
    session.depends_on((depends.TAGS,))
    records = await session.fetch(_count_statement(prefix is not None), _range(prefix))
    return int(records[0][0])


def _columns(columns: Columns) -> list[ColumnElement[Any]]:
    return [TAGS.c[name] for name in columns]


def _range(prefix: str | None) -> dict[str, str]:
    return {} if prefix is None else {"prefix": prefix, "after_prefix": prefix + _AFTER_ALL}


def _begins(select_: AnySelect, table: Any) -> AnySelect:
    first, last = (func.lower(bindparam(name, type_=Text)) for name in ("prefix", "after_prefix"))
    return select_.where(table.c.name_key >= first, table.c.name_key < last)


@lru_cache(maxsize=STATEMENTS_KEPT)
def _by_id(columns: Columns) -> RowStatement[TagRow]:
    found = select(TAGS.c.id, *_columns(columns)).where(is_one_of(TAGS.c.id, ids()))
    return compile_rows(found, TagRow.holding(columns, behind=KEYED))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _by_slug(columns: Columns) -> RowStatement[TagRow]:
    found = select(TAGS.c.slug, *_columns(columns)).where(is_one_of(TAGS.c.slug, texts("ids")))
    return compile_rows(found, TagRow.holding(columns, behind=KEYED))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _of_posts(columns: Columns) -> RowStatement[TagRow]:
    links = PostTag.__table__
    found = select(links.c.post_id, TAGS.c.id, *_columns(columns)).join(TAGS, TAGS.c.id == links.c.tag_id)
    ordered = found.where(is_one_of(links.c.post_id, ids())).order_by(links.c.post_id, links.c.position, TAGS.c.id)
    return compile_rows(ordered, TagRow.holding(columns, behind=LINKED))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _page_statement(columns: Columns, shape: PageShape, by_prefix: bool) -> RowStatement[TagRow]:
    listed = TAGS.alias("listed")
    keyset = Keyset(listed.c.name_key.label("sort"), listed.c.id.label("id"), descending=False, unique=True)
    rows: AnySelect = select(keyset.sort, keyset.ident)
    if by_prefix:
        rows = _begins(rows, listed)
    page, sides = keyset.walk(rows, shape), keyset.sides(rows, shape)
    selected = page_select(page, sides, None, TAGS, _columns(columns), keyset=keyset, shape=shape)
    return compile_rows(selected, TagRow.holding(columns, behind=BEHIND_PAGE))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _count_statement(by_prefix: bool) -> Statement:
    number: AnySelect = select(func.count()).select_from(TAGS)
    return compile_statement(_begins(number, TAGS) if by_prefix else number)
