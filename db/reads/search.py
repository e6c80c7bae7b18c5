"""Full text search over published posts, best first.

The words are PostgreSQL's `websearch_to_tsquery`: quotes, `or` and `-`. Weights: title A, summary B, body C.
A rank depends on the post and the words alone, so pages keep their places while other posts come and go.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

from sqlalchemy import ColumnElement, Double, FromClause, Text, bindparam, cast, func, literal_column, select

from core.viewer import Asker
from db import depends
from db.database import ReadSession
from db.keyset import Keyset, page_select
from db.pages import BEHIND_PAGE, Page, PageArgs, PageShape, empty_pages, read_pages
from db.reads.post_filter import FilterShape, PostFilter
from db.reads.post_rows import POSTS, PostRow, post_columns
from db.reads.rights import PUBLISHED
from db.rows import Columns
from db.statements import STATEMENTS_KEPT, AnySelect, RowStatement, Statement, compile_rows, compile_statement

HIGHLIGHTED = ("title", "summary", "body")
HIGHLIGHT_AMONG = 100_000
"""Excerpts of a body come from so many of its first characters: cutting them out takes time in proportion."""

# Private characters stand for the tags while the text is not yet escaped; the text itself loses them.
_START, _STOP = "\ue000", "\ue001"
_MARKS = f"StartSel={_START}, StopSel={_STOP}"
_OPTIONS = {
    "title": f"{_MARKS}, HighlightAll=true",
    "summary": f"{_MARKS}, HighlightAll=true",
    "body": f"{_MARKS}, MaxFragments=2, MinWords=8, MaxWords=24",
}


@dataclass(frozen=True, slots=True)
class Highlight:
    """An excerpt with the words that were found in `<mark>`; everything else is escaped."""

    field: str
    html: str


class FoundRow(PostRow):
    """A post that was found, with the excerpts that were asked for."""

    __slots__ = ()

    in_title: str
    in_summary: str
    in_body: str

    def highlights(self) -> list[Highlight]:
        """Where it was found; an excerpt without a mark tells nothing."""
        return [
            Highlight(name, escape(text, quote=False).replace(_START, "<mark>").replace(_STOP, "</mark>"))
            for name, text in zip(HIGHLIGHTED, (self.in_title, self.in_summary, self.in_body), strict=True)
            if _START in text
        ]


async def search_posts(
    session: ReadSession,
    asker: Asker,
    query: str,
    where: PostFilter,
    args: PageArgs,
    columns: Columns,
    *,
    highlighted: bool,
) -> Page[FoundRow]:
    """A page of the posts that fit `query`, the sort key's first part being the score: one statement."""
    del asker  # what is found is published, whoever asks
    if not _finds(where):
        return empty_pages(1)[0]
    statement = _page_statement(columns, highlighted, where.shape, args.shape)
    records = await session.fetch(statement, {**args.values(), **where.values(), "query": query})
    page = read_pages(records, [None], args)[0]
    session.depends_on((*_depends(where), *depends.rows("post", page.ids)))
    return page


async def count_found(session: ReadSession, asker: Asker, query: str, where: PostFilter) -> int:
    """How many posts fit altogether: one statement."""
    del asker
    if not _finds(where):
        return 0
    session.depends_on(depends.lazily(_depends, where))
    statement = _count_statement(where.shape)
    records = await session.fetch(statement, {**where.values(), "query": query})
    return int(records[0][0])


def _depends(where: PostFilter) -> Iterator[str]:
    yield depends.SEARCH
    yield from where.depends_on(("PUBLISHED",), "PUBLISHED_AT")


def _finds(where: PostFilter) -> bool:
    """Whether anything may be found: published posts are, whoever asks."""
    return not where.is_impossible and (where.statuses is None or "PUBLISHED" in where.statuses)


def _query() -> ColumnElement[Any]:
    return func.websearch_to_tsquery(literal_column("'english'"), bindparam("query", type_=Text))


def _found(table: FromClause, where: FilterShape, *columns: ColumnElement[Any]) -> AnySelect:
    fits = table.c.search.op("@@")(_query())
    return select(*columns).where(
        PUBLISHED.condition(table, table.c.id), fits, *where.conditions(table, table.c.id, None)
    )


def _headline(name: str) -> ColumnElement[Any]:
    text = func.left(POSTS.c.body_text, literal_column(str(HIGHLIGHT_AMONG))) if name == "body" else POSTS.c[name]
    plain = func.translate(func.coalesce(text, literal_column("''")), literal_column(f"'{_START}{_STOP}'"), "")
    return func.ts_headline(literal_column("'english'"), plain, _query(), literal_column(f"'{_OPTIONS[name]}'"))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _page_statement(
    columns: Columns, highlighted: bool, where: FilterShape, shape: PageShape
) -> RowStatement[FoundRow]:
    listed = POSTS.alias("listed")
    # Compared as double precision, which is what a cursor carries.
    rank = cast(func.ts_rank_cd(listed.c.search, _query()), Double)
    # Named, so that the page and the looks to its sides rank what was found once: no index knows the order.
    found = _found(listed, where, rank.label("sort"), listed.c.id).cte("found")
    keyset = Keyset(found.c.sort, found.c.id, descending=True)
    rows = select(keyset.sort, keyset.ident)
    page, sides = keyset.walk(rows, shape), keyset.sides(rows, shape)
    excerpts = HIGHLIGHTED if highlighted else ()
    shown = [*post_columns(columns), *(_headline(name) for name in excerpts)]
    found_row = FoundRow.holding((*columns, *(f"in_{name}" for name in excerpts)), behind=BEHIND_PAGE)
    return compile_rows(page_select(page, sides, None, POSTS, shown, keyset=keyset, shape=shape), found_row)


@lru_cache(maxsize=STATEMENTS_KEPT)
def _count_statement(where: FilterShape) -> Statement:
    return compile_statement(_found(POSTS.alias("listed"), where, func.count()))
