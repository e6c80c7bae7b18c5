"""Users' public profiles. Whoever asks may see them; what is private is no column here."""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Text, func, select, true

from db import depends
from db.database import ReadSession
from db.keyset import Keyset, Lists, page_select, united
from db.models import PostCoauthor, User
from db.pages import BEHIND_PAGE, Page, PageArgs, PageShape, read_pages
from db.reads.keyed import KEYED, LINKED, Found, find, find_linked
from db.rows import Columns, Row
from db.statements import (
    STATEMENTS_KEPT,
    RowStatement,
    Statement,
    compile_rows,
    compile_statement,
    ids,
    is_one_of,
    texts,
)

USERS = User.__table__


class UserRow(Row):
    """A profile, with the columns that were asked for."""

    __slots__ = ()

    id: int
    username: str
    name: str
    bio: str | None
    bio_html: str | None
    url: str | None
    role: str
    created_at: datetime
    has_account: bool


def by_id(session: ReadSession, keys: Sequence[int], columns: Columns) -> Awaitable[Found[UserRow]]:
    """The users of these ids: one statement."""
    session.depends_on(depends.rows("user", keys))
    return find(session, _by_id(columns), keys)


def by_username(session: ReadSession, keys: Sequence[str], columns: Columns) -> Awaitable[Found[UserRow]]:
    """The users of these usernames, which must come in lower case: one statement."""
    session.depends_on(depends.uniques("user", "username", keys))
    return find(session, _by_username(columns), keys)


def coauthors_of_posts(session: ReadSession, keys: Sequence[int], columns: Columns) -> Awaitable[Found[UserRow]]:
    """The further authors of these posts, in the order of each byline: one statement."""
    session.depends_on(depends.uniques("coauthors", "post", keys))
    return find_linked(session, "user", _coauthors(columns), keys)


async def page_users(
    session: ReadSession, roles: tuple[str, ...] | None, args: PageArgs, columns: Columns
) -> Page[UserRow]:
    """A page of the users who have one of `roles` (None: of all), by username: one statement."""
    statement = _page_statement(columns, args.shape, roles is not None)
    records = await session.fetch(statement, {**args.values(), "roles": roles})
    page = read_pages(records, [None], args)[0]
    session.depends_on((depends.USERS, *depends.rows("user", page.ids)))
    return page


async def count_users(session: ReadSession, roles: tuple[str, ...] | None) -> int:
    """How many users that list holds altogether: one statement."""
    session.depends_on((depends.USERS,))
    records = await session.fetch(_count_statement(roles is not None), {"roles": roles})
    return int(records[0][0])


def _columns(columns: Columns) -> list[ColumnElement[Any]]:
    return [USERS.c[name] for name in columns]


@lru_cache(maxsize=STATEMENTS_KEPT)
def _by_id(columns: Columns) -> RowStatement[UserRow]:
    found = select(USERS.c.id, *_columns(columns)).where(is_one_of(USERS.c.id, ids()))
    return compile_rows(found, UserRow.holding(columns, behind=KEYED))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _by_username(columns: Columns) -> RowStatement[UserRow]:
    found = select(USERS.c.username_key, *_columns(columns))
    named = found.where(is_one_of(USERS.c.username_key, texts("ids")))
    return compile_rows(named, UserRow.holding(columns, behind=KEYED))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _coauthors(columns: Columns) -> RowStatement[UserRow]:
    links = PostCoauthor.__table__
    found = select(links.c.post_id, USERS.c.id, *_columns(columns)).join(USERS, USERS.c.id == links.c.user_id)
    ordered = found.where(is_one_of(links.c.post_id, ids())).order_by(links.c.post_id, links.c.position, USERS.c.id)
    return compile_rows(ordered, UserRow.holding(columns, behind=LINKED))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _page_statement(columns: Columns, shape: PageShape, by_role: bool) -> RowStatement[UserRow]:
    listed = USERS.alias("listed")
    keyset = Keyset(listed.c.username_key.label("sort"), listed.c.id.label("id"), descending=False, unique=True)
    rows = select(keyset.sort, keyset.ident)
    if by_role:
        roles = func.unnest(texts("roles")).table_valued(Column("role", Text), name="meant").render_derived()
        each = rows.where(listed.c.role == roles.c.role)
        lists = Lists(roles, true())
        page, sides = united(lists, keyset.walk(each, shape), keyset, shape), keyset.sides(each, shape, lists=lists)
    else:
        page, sides = keyset.walk(rows, shape), keyset.sides(rows, shape)
    selected = page_select(page, sides, None, USERS, _columns(columns), keyset=keyset, shape=shape)
    return compile_rows(selected, UserRow.holding(columns, behind=BEHIND_PAGE))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _count_statement(by_role: bool) -> Statement:
    number = select(func.count()).select_from(USERS)
    return compile_statement(number.where(is_one_of(USERS.c.role, texts("roles"))) if by_role else number)
