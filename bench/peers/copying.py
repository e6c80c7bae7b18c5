"""The benchmark's tables into Broadsheet's, by COPY."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import asyncpg

from db.seed.plan import Record
from db.seed.tables import COMMENTS, POST_TAGS, POSTS, REVISIONS, TAGS, USERS, SeededTable

from .rows import (
    comment_records,
    link_records,
    post_records,
    revision_records,
    tag_records,
    user_records,
)

BATCH = 2_000
"""Rows that are held in memory at once."""

Records = Callable[[Iterable[asyncpg.Record]], Iterator[Record]]


@dataclass(frozen=True, slots=True)
class Copied:
    """What is read from the benchmark, and the tables that it goes into."""

    query: str
    into: tuple[tuple[SeededTable, Records], ...]


# In an order that no foreign key minds.
ALL = (
    Copied("SELECT * FROM users ORDER BY id", ((USERS, user_records),)),
    Copied("SELECT *, (SELECT min(created_at) FROM users) AS made FROM tags ORDER BY id", ((TAGS, tag_records),)),
    Copied("SELECT * FROM posts ORDER BY id", ((POSTS, post_records), (REVISIONS, revision_records))),
    Copied(
        "SELECT *, row_number() OVER (PARTITION BY post_id ORDER BY tag_id) - 1 AS position FROM post_tags",
        ((POST_TAGS, link_records),),
    ),
    Copied("SELECT * FROM comments ORDER BY id", ((COMMENTS, comment_records),)),
)

_NUMBERED = (USERS, TAGS, POSTS, REVISIONS, COMMENTS)


async def copy_all(source: asyncpg.Connection, target: asyncpg.Connection) -> None:
    """Copy everything into empty tables, keeping the ids; then VACUUM and ANALYZE, as the benchmark does."""
    async with source.transaction(readonly=True), target.transaction():
        for copied in ALL:
            cursor = await source.cursor(copied.query)
            while batch := await cursor.fetch(BATCH):
                for table, records in copied.into:
                    await target.copy_records_to_table(table.name, records=records(batch), columns=table.columns)
        for table in _NUMBERED:
            await target.execute(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"
            )
    await target.execute("VACUUM (ANALYZE)")
