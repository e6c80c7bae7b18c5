"""Earlier texts of posts. Only those who may update a post may see them; to others there are none."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import ColumnElement, select, true

from core.viewer import Asker
from db import depends
from db.database import ReadSession
from db.keyset import Keyset, page_select
from db.models import Revision
from db.pages import BEHIND_PAGE, Page, PageArgs, PageShape, empty_pages, read_pages
from db.reads.keyed import KEYED, Found, count, find
from db.reads.rights import Reach, in_byline, rights_of, values_of, writes_of
from db.rows import Columns, Row
from db.statements import (
    STATEMENTS_KEPT,
    RowStatement,
    Statement,
    compile_rows,
    compile_statement,
    counted,
    ids,
    is_one_of,
    unnested,
)

REVISIONS = Revision.__table__


class RevisionRow(Row):
    """An earlier text, with the columns that were asked for."""

    __slots__ = ()

    id: int
    post_id: int
    version: int
    editor_id: int | None
    title: str
    summary: str
    body: str
    created_at: datetime


async def by_id(session: ReadSession, asker: Asker, keys: Sequence[int], columns: Columns) -> Found[RevisionRow]:
    """The revisions of these ids, those that the viewer may see: one statement, or none."""
    viewer = asker.viewer
    reach = writes_of(viewer)
    if reach == "PUBLIC":
        return []
    session.depends_on((*rights_of(viewer), *(depends.row("revision", key) for key in keys)))
    return await find(session, _by_id(columns, reach), keys, **values_of(viewer))


async def page_revisions(
    session: ReadSession, asker: Asker, keys: Sequence[int], args: PageArgs, columns: Columns
) -> list[Page[RevisionRow]]:
    """For each post a page of its texts, newest first: one statement, or none."""
    viewer = asker.viewer
    reach = writes_of(viewer)
    if reach == "PUBLIC":
        return empty_pages(len(keys))
    values = {**args.values(), **values_of(viewer), "ids": keys}
    records = await session.fetch(_page_statement(columns, args.shape, reach), values)
    # A revision never changes, but as one of a list.
    session.depends_on((*rights_of(viewer), *(depends.unique("revisions", "post", key) for key in keys)))
    return read_pages(records, keys, args)


async def count_revisions(session: ReadSession, asker: Asker, keys: Sequence[int]) -> list[int]:
    """How many texts those lists hold altogether: one statement, or none."""
    viewer = asker.viewer
    reach = writes_of(viewer)
    if reach == "PUBLIC":
        return [0] * len(keys)
    session.depends_on((*rights_of(viewer), *(depends.unique("revisions", "post", key) for key in keys)))
    return await count(session, _count_statement(reach), keys, **values_of(viewer))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _by_id(columns: Columns, reach: Reach) -> RowStatement[RevisionRow]:
    found = select(REVISIONS.c.id, *(REVISIONS.c[name] for name in columns))
    meant = found.where(is_one_of(REVISIONS.c.id, ids()), _writable(reach, REVISIONS.c.post_id))
    return compile_rows(meant, RevisionRow.holding(columns, behind=KEYED))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _page_statement(columns: Columns, shape: PageShape, reach: Reach) -> RowStatement[RevisionRow]:
    wanted, listed = unnested(), REVISIONS.alias("listed")
    keyset = Keyset(listed.c.version.label("sort"), listed.c.id.label("id"), descending=True, unique=True)
    rows = select(keyset.sort, keyset.ident).where(listed.c.post_id == wanted.c.id)
    rows = rows.where(_writable(reach, wanted.c.id))
    page, sides = keyset.walk(rows, shape), keyset.sides(rows, shape, wanted)
    shown = [REVISIONS.c[name] for name in columns]
    selected = page_select(page, sides, wanted, REVISIONS, shown, keyset=keyset, shape=shape)
    return compile_rows(selected, RevisionRow.holding(columns, behind=BEHIND_PAGE))


@lru_cache(maxsize=2)
def _count_statement(reach: Reach) -> Statement:
    wanted, listed = unnested(), REVISIONS.alias("listed")
    rows = select(listed.c.id).where(listed.c.post_id == wanted.c.id, _writable(reach, wanted.c.id))
    return compile_statement(counted(wanted, rows))


def _writable(reach: Reach, post_id: ColumnElement[int]) -> ColumnElement[bool]:
    return true() if reach == "ALL" else in_byline(post_id)
