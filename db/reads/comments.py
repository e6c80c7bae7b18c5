"""Comments. One may see those of the posts that one may read.

A comment that is hidden or deleted keeps its place, without its text, so that a thread keeps together; it counts.
"""

from collections.abc import Awaitable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    FromClause,
    TableValuedAlias,
    case,
    func,
    literal_column,
    select,
    true,
)

from core.viewer import Asker
from db import depends
from db.database import ReadSession
from db.keyset import Keyset, page_select
from db.models import Comment, Post
from db.pages import BEHIND_PAGE, Page, PageArgs, PageShape, ids_of, read_pages
from db.reads.keyed import PROVEN, Found, fetch_readable, find_readable
from db.reads.rights import Reach, is_public, readable
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

CommentParent = Literal["post", "comment"]

COMMENTS = Comment.__table__
POSTS = Post.__table__
_READABLE = (depends.READABLE,)
TEXTS = frozenset({"body", "body_html"})
PROOF_OF_PAGE = BEHIND_PAGE
"""Where the first of its own columns stands in a record of a page (`db.keyset.page_select`)."""


class CommentRow(Row):
    """A comment, with the columns that were asked for; its texts are None where the viewer may not see them."""

    __slots__ = ()

    id: int
    post_id: int
    author_id: int
    parent_id: int | None
    body: str | None
    body_html: str | None
    status: str
    created_at: datetime
    edited_at: datetime | None


def by_id(session: ReadSession, asker: Asker, keys: Sequence[int], columns: Columns) -> Awaitable[Found[CommentRow]]:
    """The comments of these ids, those on posts that the viewer may read: one statement."""
    session.depends_on(_READABLE)
    session.depends_on(depends.rows("comment", keys))
    return find_readable(session, asker, partial(_by_id, columns), keys)


async def page_comments(
    session: ReadSession,
    asker: Asker,
    parent: CommentParent,
    keys: Sequence[int],
    *,
    descending: bool,
    args: PageArgs,
    columns: Columns,
) -> list[Page[CommentRow]]:
    """For each post a page of all its comments, or for each comment a page of the replies to it: one statement."""
    statement = partial(_page_statement, parent, descending, columns, args.shape)
    records = await fetch_readable(session, asker, statement, keys, proof=PROOF_OF_PAGE, **args.values())
    pages = read_pages(records, keys, args)
    session.depends_on(_READABLE)
    session.depends_on(_lists(parent, keys))
    session.depends_on(depends.rows("comment", ids_of(pages)))
    return pages


async def count_comments(session: ReadSession, asker: Asker, parent: CommentParent, keys: Sequence[int]) -> list[int]:
    """How many comments those lists hold altogether: one statement."""
    session.depends_on(_READABLE)
    session.depends_on(_lists(parent, keys))
    records = await fetch_readable(session, asker, partial(_count_statement, parent), keys, proof=2)
    counts = {record[0]: record[1] for record in records}
    return [counts.get(key, 0) for key in keys]


def _lists(parent: CommentParent, keys: Sequence[int]) -> Iterator[str]:
    return depends.uniques("comments", "post" if parent == "post" else "parent", keys)


def _columns(columns: Columns, reach: Reach) -> list[ColumnElement[Any]]:
    if reach == "ALL":
        return [COMMENTS.c[name] for name in columns]
    return [_text(name) if name in TEXTS else COMMENTS.c[name] for name in columns]


def _is_same_for_all(columns: Columns) -> ColumnElement[bool]:
    """The proof: everybody may read the post, and no text is hidden from anybody. True where there is no comment."""
    if TEXTS.isdisjoint(columns):
        return is_public(POSTS)
    return is_public(POSTS) & func.coalesce(_is_visible(), true())


def _is_visible() -> ColumnElement[bool]:
    return COMMENTS.c.status == literal_column("'VISIBLE'")


def _text(name: str) -> ColumnElement[Any]:
    return case((_is_visible(), COMMENTS.c[name]))


def _readable(parent: CommentParent, wanted: TableValuedAlias, reach: Reach) -> FromClause:
    """Those of the wanted parents that the viewer may read."""
    if parent == "post":
        return wanted.join(POSTS, (POSTS.c.id == wanted.c.id) & readable(reach, POSTS))
    above = COMMENTS.alias("above")
    of_post = (POSTS.c.id == above.c.post_id) & readable(reach, POSTS)
    return wanted.join(above, above.c.id == wanted.c.id).join(POSTS, of_post)


def _parent_column(parent: CommentParent, table: FromClause) -> ColumnElement[int]:
    return table.c.post_id if parent == "post" else table.c.parent_id


@lru_cache(maxsize=STATEMENTS_KEPT)
def _by_id(columns: Columns, reach: Reach) -> RowStatement[CommentRow]:
    found = select(COMMENTS.c.id, _is_same_for_all(columns), *_columns(columns, reach)).join(
        POSTS, POSTS.c.id == COMMENTS.c.post_id
    )
    meant = found.where(is_one_of(COMMENTS.c.id, ids()), readable(reach, POSTS))
    return compile_rows(meant, CommentRow.holding(columns, behind=PROVEN))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _page_statement(
    parent: CommentParent, descending: bool, columns: Columns, shape: PageShape, reach: Reach
) -> RowStatement[CommentRow]:
    wanted = unnested()
    listed = COMMENTS.alias("listed")
    keyset = Keyset(listed.c.created_at.label("sort"), listed.c.id.label("id"), descending)
    rows = select(keyset.sort, keyset.ident).where(_parent_column(parent, listed) == wanted.c.id)
    page, sides = keyset.walk(rows, shape), keyset.sides(rows, shape, wanted)
    base = _readable(parent, wanted, reach)
    shown = [_is_same_for_all(columns), *_columns(columns, reach)]
    selected = page_select(page, sides, wanted, COMMENTS, shown, keyset=keyset, shape=shape, base=base)
    return compile_rows(selected, CommentRow.holding(columns, behind=PROOF_OF_PAGE + 1))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _count_statement(parent: CommentParent, reach: Reach) -> Statement:
    wanted = unnested()
    listed = COMMENTS.alias("listed")
    rows = select(listed.c.id).where(_parent_column(parent, listed) == wanted.c.id)
    return compile_statement(counted(wanted, rows, _readable(parent, wanted, reach)).add_columns(is_public(POSTS)))
