"""The rows of a plan into a database, by COPY.

Three steps. Ids are taken from the sequences, and users and tags written, in one transaction; then posts in batches,
each with all that hangs from it in a transaction of its own, and several side by side, for most of the time goes into
the search vectors, which PostgreSQL makes with one processor a connection; then the comments. Whoever stops it
half-way has fewer rows, but no wrong ones. Triggers and indexes stay on: for 20,000 posts over one connection it took
18.5 s with the triggers, 19.7 s with the listings filled afterwards, 15.0 s with the indexes made afterwards, too; over
four connections it takes 10 s with all of them on, and a database that loses no index wherever it is stopped.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager

import asyncpg

from core.errors import ServiceError
from db.seed.comments import comment_records
from db.seed.people import tag_records, user_records
from db.seed.plan import FirstIds, Record, SeedPlan
from db.seed.posts import PostSeeds, SeededPost
from db.seed.tables import COMMENTS, OF_POSTS, TAGS, USERS, SeededTable

OnProgress = Callable[[str, int], None]
"""Hears the name of a table, and how many more rows of it have been handed over."""

BATCH = 2_000
"""Posts of one transaction."""

MOST_CONNECTIONS = 4
_REPORTED = 500


async def seed_database(
    url: str, plan: SeedPlan, on_progress: OnProgress = lambda _table, _rows: None, *, append: bool = False
) -> dict[str, int]:
    """Write what the plan says, then VACUUM and ANALYZE; answer the number of rows written to each table.

    Raises:
        ServiceError: the tables are missing, or hold posts and `append` is not set, or PostgreSQL refused something;
            the message says what to do.

    """
    try:
        seeds = PostSeeds(plan)
        loader = _Loader(url, seeds, on_progress)
        return await loader.run(append=append)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise ServiceError(
            f"seeding stopped, and rows written by then are there: {error}. "
            "Take an empty database to start again, or add --append to go on beside them"
        ) from error


class _Loader:
    def __init__(self, url: str, seeds: PostSeeds, on_progress: OnProgress) -> None:
        self._url, self._seeds, self._report = url, seeds, on_progress
        self._written: dict[str, int] = {}

    async def run(self, *, append: bool) -> dict[str, int]:
        plan = self._seeds.plan
        async with self._connected() as connection:
            async with connection.transaction():
                first = await self._first_ids(connection, append=append)
                await self._copy(connection, USERS, user_records(plan, first))
                await self._copy(connection, TAGS, tag_records(plan, first))
            await self._posts(first)
            async with connection.transaction():
                await self._copy(connection, COMMENTS, comment_records(self._seeds, first))
            # The visibility map lets indexes answer alone, and the planner knows what it deals with.
            await connection.execute("VACUUM (ANALYZE)")
        return self._written

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection]:
        settings = {"application_name": "broadsheet seed", "statement_timeout": "0", "timezone": "UTC"}
        connection = await asyncpg.connect(self._url, server_settings=settings)
        try:
            yield connection
        finally:
            await connection.close()

    async def _first_ids(self, connection: asyncpg.Connection, *, append: bool) -> FirstIds:
        """Take as many ids as are needed from each sequence, so that whoever writes meanwhile gets others."""
        if await connection.fetchval("SELECT to_regclass('post_listings')") is None:
            raise ServiceError("the database has no tables yet: run `broadsheet migrate` first")
        await connection.execute("LOCK TABLE users, posts, tags, comments, revisions IN SHARE ROW EXCLUSIVE MODE")
        if not append and await connection.fetchval("SELECT EXISTS (SELECT FROM posts)"):
            raise ServiceError(
                "the database holds posts already: add --append to seed beside them, or name an empty database"
            )
        plan = self._seeds.plan
        numbers = {
            "users": plan.user_count,
            "posts": plan.posts,
            "tags": plan.tag_count,
            "comments": plan.comment_count,
            "revisions": self._seeds.revision_count,
        }
        return FirstIds(**{table: await _take_ids(connection, table, number) for table, number in numbers.items()})

    async def _posts(self, first: FirstIds) -> None:
        posts = self._seeds.posts
        batches = iter([posts[start : start + BATCH] for start in range(0, len(posts), BATCH)])
        workers = min(MOST_CONNECTIONS, os.cpu_count() or 1, -(-len(posts) // BATCH))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(workers):
                    group.create_task(self._some_posts(first, batches))
        except ExceptionGroup as several:
            # The first stopped the others.
            raise several.exceptions[0] from None

    async def _some_posts(self, first: FirstIds, batches: Iterator[list[SeededPost]]) -> None:
        async with self._connected() as connection:
            for batch in batches:
                async with connection.transaction():
                    for table, records in OF_POSTS:
                        await self._copy(connection, table, records(self._seeds, first, batch))

    async def _copy(self, connection: asyncpg.Connection, table: SeededTable, records: Iterable[Record]) -> None:
        await connection.copy_records_to_table(
            table.name, records=self._counted(table.name, records), columns=table.columns
        )

    async def _counted(self, table: str, records: Iterable[Record]) -> AsyncIterator[Record]:
        number = 0
        for record in records:
            yield record
            number += 1
            if number % _REPORTED == 0:
                self._report(table, _REPORTED)
        self._report(table, number % _REPORTED)
        self._written[table] = self._written.get(table, 0) + number


async def _take_ids(connection: asyncpg.Connection, table: str, number: int) -> int:
    """The first of `number` ids that the table's sequence will not give to anybody else."""
    # An empty range leaves the sequence as it is.
    taken = await connection.fetchval(
        f"""
        SELECT greatest(
            (SELECT coalesce(max(id), 0) FROM {table}),
            (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {table}_id_seq)
        )
        """  # noqa: S608 - a name of ours
    )
    if number:
        await connection.execute("SELECT setval(pg_get_serial_sequence($1, 'id'), $2)", table, taken + number)
    return int(taken) + 1
