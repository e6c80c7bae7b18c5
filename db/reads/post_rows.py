"""What can be read of a post."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, func

from db.models import Post
from db.rows import Columns, Row

POSTS = Post.__table__


class PostRow(Row):
    """A post, with the columns that were asked for."""

    __slots__ = ()

    id: int
    slug: str
    title: str
    summary: str
    body: str
    body_html: str
    word_count: int
    status: str
    canonical_url: str | None
    author_id: int
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    published_key: datetime
    version: int


def post_columns(columns: Columns, table: FromClause = POSTS) -> list[ColumnElement[Any]]:
    """The expressions that these columns of a PostRow are read by."""
    derived = {"summary": func.coalesce(table.c.summary, table.c.excerpt)}
    return [derived.get(name, table.c[name]) for name in columns]
