"""Pages and counts of posts: of all of them, of an author's, of a tag's.

The walk goes along the one list that narrows the most: the parent's, else the author's or the tag's that the filter
names, else all posts of a status. Every list has an index for each order; what else the filter says is probed by key.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    FromClause,
    TableValuedAlias,
    Text,
    and_,
    bindparam,
    distinct,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
    values,
)

from core.viewer import Asker
from db import depends
from db.database import ReadSession
from db.keyset import Keyset, Lists, page_select, plain_page_select, united
from db.models import PostListing, Tag
from db.pages import BEHIND_PAGE, Page, PageArgs, PageShape, empty_pages, ids_of, read_pages
from db.reads.post_filter import FilterShape, PostFilter, author_id, tag_ids
from db.reads.post_rows import POSTS, PostRow, post_columns
from db.reads.rights import Arms, arms_of, in_byline, rights_of, values_of, viewer_id, visible
from db.rows import Columns
from db.statements import (
    STATEMENTS_KEPT,
    AnySelect,
    RowStatement,
    Statement,
    compile_rows,
    compile_statement,
    counted,
    is_one_of,
    texts,
    unnested,
)

Parent = Literal["author", "tag"]
OrderField = Literal["PUBLISHED_AT", "UPDATED_AT", "CREATED_AT", "TITLE"]

SORT_COLUMNS: dict[OrderField, str] = {
    "PUBLISHED_AT": "published_key",
    "UPDATED_AT": "updated_at",
    "CREATED_AT": "created_at",
    "TITLE": "title_key",
}


class PostOrder(NamedTuple):
    """What a list of posts is ordered by; posts that are equal in it come in the order of their ids."""

    field: OrderField = "PUBLISHED_AT"
    descending: bool = True


async def page_posts(
    session: ReadSession,
    asker: Asker,
    parent: Parent | None,
    keys: Sequence[int | None],
    *,
    order: PostOrder,
    where: PostFilter,
    args: PageArgs,
    columns: Columns,
) -> list[Page[PostRow]]:
    """A page of posts for each parent, or one page of all posts (`parent` None, `keys` one None): one statement."""
    if where.is_impossible or not (arms := arms_of(asker, where.statuses)):
        return empty_pages(len(keys))
    statement = _page_statement(parent, order, columns, where.shape, args.shape, arms)
    given = {**args.values(), **where.values(), **_values(asker, arms), "ids": keys}
    records = await session.fetch(statement, given)
    pages = read_pages(records, keys, args)
    session.depends_on(depends.lazily(_depends, asker, parent, keys, where, arms, order.field))
    session.depends_on(depends.rows("post", ids_of(pages)))
    return pages


async def count_posts(
    session: ReadSession, asker: Asker, parent: Parent | None, keys: Sequence[int | None], where: PostFilter
) -> list[int]:
    """How many posts the same lists hold altogether, in the order of `keys`: one statement."""
    if where.is_impossible or not (arms := arms_of(asker, where.statuses)):
        return [0] * len(keys)
    given = {**where.values(), **_values(asker, arms), "ids": keys}
    session.depends_on(depends.lazily(_depends, asker, parent, keys, where, arms, None))
    records = await session.fetch(_count_statement(parent, where.shape, arms), given)
    counts = {record[0]: record[1] for record in records}
    return [counts.get(key, 0) for key in keys]


def _values(asker: Asker, arms: Arms) -> dict[str, Any]:
    """The values that conditions on the viewer take, where there are any."""
    return values_of(asker.viewer) if any(arm.own for arm in arms) else {}


def _depends(
    asker: Asker, parent: Parent | None, keys: Iterable[Any], where: PostFilter, arms: Arms, field: str | None
) -> Iterator[str]:
    """What the lists of these keys depend on, and, where `field` orders them, their order."""
    statuses = [arm.status for arm in arms]
    lists = [depends.post_list(status, parent, "*" if parent is None else key) for status in statuses for key in keys]
    if parent is None:
        lists = [depends.post_list(status) for status in statuses]
    yield from lists
    if field is not None:
        yield from (depends.ordered(tag, field) for tag in lists)
    yield from where.depends_on(statuses, field or "PUBLISHED_AT")
    if any(arm.own for arm in arms):
        yield from rights_of(asker.viewer)


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

    def rows(self, where: FilterShape, visible: ColumnElement[bool], *columns: ColumnElement[Any]) -> AnySelect:
        conditions = where.conditions(self.table, self.post_id, self.fulfils)
        return select(*columns).where(*self.is_listed, visible, *conditions)


def _list(parent: Parent | None, where: FilterShape, wanted: TableValuedAlias, arms: Arms) -> _List:
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
    return _all_posts(arms)


def _all_posts(arms: Arms) -> _List:
    """All posts; the viewer's own list where nothing else of them is his to see."""
    if all(arm.own for arm in arms):
        return _listing("author", viewer_id())
    posts = POSTS.alias("listed")
    return _List(posts, posts.c.id)


def _listing(
    kind: Parent, list_id: ColumnElement[int], fulfils: str | None = None, many: FromClause | None = None
) -> _List:
    table = PostListing.__table__.alias("listed")
    is_listed = (table.c.kind == literal_column(f"'{kind}'"), table.c.list_id == list_id)
    return _List(table, table.c.post_id, is_listed, fulfils, many)


def _parts(listed: _List, arms: Arms) -> tuple[Lists | None, ColumnElement[bool]]:
    """The lists of which a page is the union: each tag that is meant, in each status; and the condition on their rows.

    One status of one list is walked as it is. Of several, each is walked along its own part of the index.
    """
    meant: list[FromClause] = [] if listed.many is None else [listed.many]
    is_meant = true() if listed.many is None else is_one_of(listed.many.c.slug, texts("where_tags_any"))
    if len(arms) == 1:
        condition = arms[0].condition(listed.table, listed.post_id)
        return (Lists(meant[0], is_meant) if meant else None), condition
    rows = [(arm.status, arm.own) for arm in arms]
    statuses = values(Column("status", Text), Column("own", Boolean), literal_binds=True, name="meant").data(rows)
    meant.append(statuses)
    condition = listed.table.c.status == statuses.c.status
    if any(arm.own for arm in arms):
        condition = and_(condition, or_(~statuses.c.own, in_byline(listed.post_id)))
    return Lists(statuses, is_meant, meant[0] if len(meant) > 1 else None), condition


@lru_cache(maxsize=STATEMENTS_KEPT)
def _page_statement(
    parent: Parent | None, order: PostOrder, columns: Columns, where: FilterShape, shape: PageShape, arms: Arms
) -> RowStatement[PostRow]:
    rows_class = PostRow.holding(columns, behind=BEHIND_PAGE)
    wanted = unnested()
    listed = _list(parent, where, wanted, arms)
    lists, condition = _parts(listed, arms)
    keyset = listed.keyset(order)
    rows = listed.rows(where, condition, keyset.sort, keyset.ident)
    page = keyset.walk(rows, shape)
    if lists is not None:
        page = united(lists, page, keyset, shape, *([] if parent is None else [wanted]))
    elif "title" in listed.table.c and not (shape.look_back or shape.look_ahead):
        shown = post_columns(columns, listed.table)
        return compile_rows(plain_page_select(page, shown, keyset=keyset, shape=shape), rows_class)
    outer = None if parent is None else wanted
    sides = keyset.sides(rows, shape, *([] if outer is None else [outer]), lists=lists)
    selected = page_select(page, sides, outer, POSTS, post_columns(columns), keyset=keyset, shape=shape)
    return compile_rows(selected, rows_class)


@lru_cache(maxsize=STATEMENTS_KEPT)
def _count_statement(parent: Parent | None, where: FilterShape, arms: Arms) -> Statement:
    wanted = unnested()
    listed = _list(parent, where, wanted, arms)
    condition = visible(arms, listed.table, listed.post_id)
    if parent is not None:
        return compile_statement(counted(wanted, listed.rows(where, condition, listed.post_id)))
    if listed.many is None:
        return compile_statement(listed.rows(where, condition, null(), func.count()))
    count_once = listed.rows(where, condition, null(), func.count(distinct(listed.post_id)))
    return compile_statement(count_once.where(is_one_of(listed.many.c.slug, texts("where_tags_any"))))
