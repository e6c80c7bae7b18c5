"""Whole posts, for whoever takes the whole blog away."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from db.database import ReadSession
from db.models import Post, PostCoauthor, PostSource, PostTag, Tag, User
from db.statements import Statement, compile_statement

BATCH = 200


@dataclass(frozen=True, slots=True)
class WholePost:
    """A post with the usernames of its authors, the names of its tags, and the front matter it came with."""

    slug: str
    title: str
    body: str
    summary: str | None
    status: str
    published_at: datetime | None
    updated_at: datetime
    canonical_url: str | None
    authors: tuple[int, ...]
    tags: tuple[str, ...]
    front_matter: dict[str, Any]


@dataclass(frozen=True, slots=True)
class WholeAuthor:
    """The public part of somebody who writes."""

    id: int
    username: str
    name: str
    bio: str | None
    url: str | None


async def read_authors(session: ReadSession) -> dict[int, WholeAuthor]:
    """Everybody who has a part in a post, by id."""
    records = await session.fetch(_authors(), {})
    return {record[0]: WholeAuthor(*record) for record in records}


async def count_posts(session: ReadSession) -> int:
    """How many posts there are, whatever their status."""
    records = await session.fetch(compile_statement(select(func.count()).select_from(Post)), {})
    return int(records[0][0])


async def read_posts(session: ReadSession) -> AsyncIterator[WholePost]:
    """All posts, whatever their status, by id."""
    statement, last = _posts(), 0
    while records := await session.fetch(statement, {"after": last}):
        for record in records:
            authors, tags, front_matter = record[9:]
            yield WholePost(*record[1:9], tuple(authors), tuple(tags), orjson.loads(front_matter or "{}"))  # type: ignore[call-arg]
        last = records[-1][0]


def _ordered(column: Any, position: Any, type_: str) -> ColumnElement[Any]:
    return func.coalesce(func.array_agg(aggregate_order_by(column, position)), literal_column(f"'{{}}'::{type_}[]"))


def _posts() -> Statement:
    coauthors = select(_ordered(PostCoauthor.user_id, PostCoauthor.position, "bigint"))
    tags = select(_ordered(Tag.name, PostTag.position, "text")).join(PostTag, PostTag.tag_id == Tag.id)
    of_post = coauthors.where(PostCoauthor.post_id == Post.id).scalar_subquery()
    found = select(
        Post.id,
        Post.slug,
        Post.title,
        Post.body,
        Post.summary,
        Post.status,
        Post.published_at,
        Post.updated_at,
        Post.canonical_url,
        func.array_prepend(Post.author_id, of_post),
        tags.where(PostTag.post_id == Post.id).scalar_subquery(),
        cast(PostSource.front_matter, Text),
    ).outerjoin(PostSource, PostSource.post_id == Post.id)
    after = bindparam("after", type_=BigInteger)
    return compile_statement(found.where(Post.id > after).order_by(Post.id).limit(literal_column(str(BATCH))))


def _authors() -> Statement:
    wrote = select(Post.author_id).union(select(PostCoauthor.user_id))
    columns = (User.id, User.username, User.name, User.bio, User.url)
    return compile_statement(select(*columns).where(User.id.in_(wrote)).order_by(User.username_key))
