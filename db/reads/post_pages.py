"""Pages and counts of posts: of all of them, of an author's, of a tag's.

The walk goes along the one list that narrows the most: the parent's, else the author's or the tag's that the filter
names, else all posts of a status. Every list has an index for each order; what else the filter says is probed by key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    FromClause,
    TableValuedAlias,
    Text,
    bindparam,
    distinct,
    func,
    literal_column,
    null,
    select,
)

from core.viewer import Viewer
from db.database import ReadSession
from db.models import PostListing, Tag
from db.pages import (
    Keyset,
    Lists,
    Page,
    PageArgs,
    PageShape,
    empty_pages,
    page_select,
    plain_page_select,
    read_pages,
    united,
)
from db.reads.post_filter import FilterShape, PostFilter, author_id, tag_ids
from db.reads.post_rows import POSTS, PostRow, post_columns
from db.reads.rights import Statuses, has_status, visible_statuses
from db.rows import Columns
from db.statements import STATEMENTS_KEPT, AnySelect, Statement, compile_statement, counted, is_one_of, texts, unnested

Parent = Literal["author", "tag"]
OrderField = Literal["PUBLISHED_AT", "UPDATED_AT", "CREATED_AT", "TITLE"]

SORT_COLUMNS: dict[OrderField, str] = {
    "PUBLISHED_AT": "published_key",
    "UPDATED_AT": "updated_at",
    "CREATED_AT": "created_at",
    "TITLE": "title_key",
}


@dataclass(frozen=True, slots=True)
class PostOrder:
    """What a list of posts is ordered by; posts that are equal in it come in the order of their ids."""

    field: OrderField = "PUBLISHED_AT"
    descending: bool = True


async def page_posts(
    session: ReadSession,
    viewer: Viewer,
    parent: Parent | None,
    keys: Sequence[int | None],
    *,
    order: PostOrder,
    where: PostFilter,
    args: PageArgs,
    columns: Columns,
) -> list[Page[PostRow]]:
    """A page of posts for each parent, or one page of all posts (`parent` None, `keys` one None): one statement."""
    statuses = visible_statuses(viewer, where.statuses)
    if not statuses or where.is_impossible:
        return empty_pages(len(keys))
    statement = _page_statement(parent, order, columns, where.shape, args.shape, statuses)
    values = {**args.values(), **where.values(), "ids": keys}
    records = await session.fetch(statement, values)
    return read_pages(records, keys, PostRow.holding(columns), args, descending=order.descending)


async def count_posts(
    session: ReadSession, viewer: Viewer, parent: Parent | None, keys: Sequence[int | None], where: PostFilter
) -> list[int]:
    """How many posts the same lists hold altogether, in the order of `keys`: one statement."""
    statuses = visible_statuses(viewer, where.statuses)
    if not statuses or where.is_impossible:
        return [0] * len(keys)
    records = await session.fetch(_count_statement(parent, where.shape, statuses), {**where.values(), "ids": keys})
    counts = {record[0]: record[1] for record in records}
    return [counts.get(key, 0) for key in keys]


@dataclass(frozen=True, slots=True)
class _List:
    """The list that is walked: its table, the id of the post in it, what makes it the list, and what that fulfils."""

    table: FromClause
    post_id: ColumnElement[int]
    is_listed: tuple[ColumnElement[bool], ...] = ()
    fulfils: str | None = None
    many: FromClause | None = None
    """Where the list is a union of several tags' lists: these tags."""

    def keyset(self, order: PostOrder) -> Keyset:
        sort = self.table.c[SORT_COLUMNS[order.field]]
        return Keyset(sort.label("sort"), self.post_id.label("id"), order.descending)

    def rows(self, where: FilterShape, statuses: Statuses, *columns: ColumnElement[Any]) -> AnySelect:
        conditions = where.conditions(self.table, self.post_id, self.fulfils)
        return select(*columns).where(*self.is_listed, has_status(self.table, statuses), *conditions)


def _list(parent: Parent | None, where: FilterShape, wanted: TableValuedAlias) -> _List:
    if parent is not None:
        return _listing(parent, wanted.c.id)
    for name in ("author", "author_username"):
        if name in where.names:
            return _listing("author", author_id(name), name)
    if "tags_any" in where.names:
        if where.one_tag:
            return _listing("tag", tag_ids("where_tags_any").scalar_subquery(), "tags_any")
        tags = Tag.__table__.alias("any_of")
        return _listing("tag", tags.c.id, "tags_any", tags)
    if "tags_all" in where.names:
        first = select(Tag.id).where(Tag.slug == bindparam("where_first_tag", type_=Text))
        return _listing("tag", first.scalar_subquery())
    posts = POSTS.alias("listed")
    return _List(posts, posts.c.id)


def _listing(
    kind: Parent, list_id: ColumnElement[int], fulfils: str | None = None, many: FromClause | None = None
) -> _List:
    table = PostListing.__table__.alias("listed")
    is_listed = (table.c.kind == literal_column(f"'{kind}'"), table.c.list_id == list_id)
    return _List(table, table.c.post_id, is_listed, fulfils, many)


@lru_cache(maxsize=STATEMENTS_KEPT)
def _page_statement(
    parent: Parent | None, order: PostOrder, columns: Columns, where: FilterShape, shape: PageShape, statuses: Statuses
) -> Statement:
    wanted = unnested()
    listed = _list(parent, where, wanted)
    keyset = listed.keyset(order)
    rows = listed.rows(where, statuses, keyset.sort, keyset.ident)
    page = keyset.walk(rows, shape)
    lists = None
    if listed.many is not None:
        lists = Lists(listed.many, is_one_of(listed.many.c.slug, texts("where_tags_any")))
        page = united(lists, page, keyset, shape)
    elif "title" in listed.table.c and not (shape.look_back or shape.look_ahead):
        return compile_statement(plain_page_select(page, keyset, post_columns(columns, listed.table)))
    outer = None if parent is None else wanted
    sides = keyset.sides(rows, shape, *([] if outer is None else [outer]), lists=lists)
    return compile_statement(page_select(page, sides, outer, POSTS, post_columns(columns)))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _count_statement(parent: Parent | None, where: FilterShape, statuses: Statuses) -> Statement:
    wanted = unnested()
    listed = _list(parent, where, wanted)
    if parent is not None:
        return compile_statement(counted(wanted, listed.rows(where, statuses, listed.post_id)))
    if listed.many is None:
        return compile_statement(listed.rows(where, statuses, null(), func.count()))
    count_once = listed.rows(where, statuses, null(), func.count(distinct(listed.post_id)))
    return compile_statement(count_once.where(is_one_of(listed.many.c.slug, texts("where_tags_any"))))
