"""Posts one by one: by id, by slug, and by their place among others."""

from collections.abc import Awaitable, Sequence
from functools import lru_cache, partial
from typing import Literal

from sqlalchemy import ColumnElement, FromClause, Integer, bindparam, func, literal_column, select, true, tuple_

from core.viewer import Asker
from db import depends
from db.database import ReadSession
from db.models import PostListing, PostTag
from db.reads.keyed import LINKED, PROVEN, Found, find_linked, find_readable
from db.reads.post_rows import POSTS, PostRow, post_columns
from db.reads.rights import (
    PUBLISHED,
    Reach,
    in_byline,
    is_public,
    may_update,
    readable,
    rights_of,
    values_of,
    writes_of,
)
from db.rows import Columns
from db.statements import (
    STATEMENTS_KEPT,
    RowStatement,
    Statement,
    compile_rows,
    compile_statement,
    ids,
    is_one_of,
    texts,
    unnested,
)

Side = Literal["previous", "next"]

_PUBLISHED_LIST = depends.post_list("PUBLISHED")
_NEWEST = (_PUBLISHED_LIST, depends.ordered(_PUBLISHED_LIST, "PUBLISHED_AT"))
RELATED_AMONG = 500
"""Related posts are looked for among so many of the newest posts of each tag, so that a tag's size does not matter."""


def by_id(session: ReadSession, asker: Asker, keys: Sequence[int], columns: Columns) -> Awaitable[Found[PostRow]]:
    """The posts of these ids, those that the viewer may read: one statement."""
    session.depends_on(depends.rows("post", keys))
    return find_readable(session, asker, partial(_by_id, columns), keys)


def by_slug(session: ReadSession, asker: Asker, keys: Sequence[str], columns: Columns) -> Awaitable[Found[PostRow]]:
    """The posts of these slugs, those that the viewer may read: one statement."""
    session.depends_on(depends.uniques("post", "slug", keys))
    return find_readable(session, asker, partial(_by_slug, columns), keys)


async def updatable(session: ReadSession, asker: Asker, keys: Sequence[int]) -> list[bool]:
    """Which of these posts the viewer may write to: one statement, or none where it is known without."""
    viewer = asker.viewer
    if writes_of(viewer) != "OWN":
        return [may_update(viewer, own=False)] * len(keys)
    session.depends_on(rights_of(viewer))
    found = await session.fetch(_in_byline(), {"ids": keys, **values_of(viewer)})
    own = {record[0] for record in found}
    return [may_update(viewer, own=key in own) for key in keys]


def neighbours(
    session: ReadSession, asker: Asker, side: Side, keys: Sequence[int], columns: Columns
) -> Awaitable[Found[PostRow]]:
    """For each published post the one published just before or after it: one statement."""
    del asker  # neighbours are published, whoever asks
    session.depends_on(_NEWEST)
    session.depends_on(depends.rows("post", keys))
    return find_linked(session, "post", _neighbours(side, columns), keys)


async def related(
    session: ReadSession, asker: Asker, first: int, keys: Sequence[int], columns: Columns
) -> Found[PostRow]:
    """For each post the published ones with most tags in common, the newest of equals first: one statement."""
    del asker
    session.depends_on((depends.LINKS, *_NEWEST))
    records = await session.fetch(_related(columns), {"ids": keys, "first": first})
    session.depends_on(depends.row("post", record[3]) for record in records)
    ranked = sorted(records, key=lambda record: (record[1], record[2], record[3]), reverse=True)
    return [(record[0], record) for record in ranked]


@lru_cache(maxsize=STATEMENTS_KEPT)
def _by_id(columns: Columns, reach: Reach) -> RowStatement[PostRow]:
    found = select(POSTS.c.id, is_public(POSTS), *post_columns(columns)).where(is_one_of(POSTS.c.id, ids()))
    return compile_rows(found.where(readable(reach, POSTS)), PostRow.holding(columns, behind=PROVEN))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _by_slug(columns: Columns, reach: Reach) -> RowStatement[PostRow]:
    found = select(POSTS.c.slug, is_public(POSTS), *post_columns(columns)).where(is_one_of(POSTS.c.slug, texts("ids")))
    return compile_rows(found.where(readable(reach, POSTS)), PostRow.holding(columns, behind=PROVEN))


@lru_cache(maxsize=1)
def _in_byline() -> Statement:
    wanted = unnested()
    return compile_statement(select(wanted.c.id).where(in_byline(wanted.c.id)))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _neighbours(side: Side, columns: Columns) -> RowStatement[PostRow]:
    wanted = unnested()
    here, there = POSTS.alias("here"), POSTS.alias("there")
    place, other = (tuple_(posts.c.published_key, posts.c.id) for posts in (here, there))
    order = (there.c.published_key, there.c.id)
    there_columns = post_columns(columns, there)
    neighbour = (
        select(there.c.id.label("found"), *(c.label(name) for name, c in zip(columns, there_columns, strict=True)))
        .where(_is_published(there), other < place if side == "previous" else other > place)
        .order_by(*(c.desc() if side == "previous" else c.asc() for c in order))
        .limit(literal_column("1"))
        .correlate(here)
        .lateral("neighbour")
    )
    source = wanted.join(here, (here.c.id == wanted.c.id) & _is_published(here)).join(neighbour, true())
    found = select(wanted.c.id, *neighbour.c).select_from(source)
    return compile_rows(found, PostRow.holding(columns, behind=LINKED))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _related(columns: Columns) -> RowStatement[PostRow]:
    wanted = unnested()
    own, listed = PostTag.__table__.alias("own"), PostListing.__table__.alias("listed")
    newest = (
        select(listed.c.post_id, listed.c.published_key)
        .where(listed.c.kind == literal_column("'tag'"), listed.c.list_id == own.c.tag_id, _is_published(listed))
        .order_by(listed.c.published_key.desc(), listed.c.post_id.desc())
        .limit(literal_column(str(RELATED_AMONG)))
        .correlate(own)
        .lateral("newest")
    )
    common, published = func.count().label("common"), func.max(newest.c.published_key).label("published")
    top = (
        select(newest.c.post_id, common, published)
        .select_from(own.join(newest, true()))
        .where(own.c.post_id == wanted.c.id, newest.c.post_id != wanted.c.id)
        .group_by(newest.c.post_id)
        .order_by(common.desc(), published.desc(), newest.c.post_id.desc())
        .limit(bindparam("first", type_=Integer))
        .correlate(wanted)
        .lateral("top")
    )
    source = wanted.join(top, true()).join(POSTS, POSTS.c.id == top.c.post_id)
    rank = (top.c.common, top.c.published, top.c.post_id)
    found = select(wanted.c.id, *rank, *post_columns(columns)).select_from(source)
    return compile_rows(found, PostRow.holding(columns, behind=1 + len(rank)))


def _is_published(table: FromClause) -> ColumnElement[bool]:
    return PUBLISHED.condition(table, table.c.id if "id" in table.c else table.c.post_id)
