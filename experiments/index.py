"""A read with its index, and without."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from statistics import median

import asyncpg

from core.viewer import ANONYMOUS, Asker
from db.database import ReadSession
from db.pages import PageArgs
from db.reads.comments import page_comments
from experiments.charts.bars import Bar, BarChart
from experiments.explain import Plan, RecordingSession, explain
from experiments.feed import newest
from experiments.report import Report, Row
from experiments.scene import Scene

COLUMNS = ("rows read", "pages of 8 KB", "ms", "times", "by")
MOST_COMMENTED = "SELECT post_id FROM comments GROUP BY post_id ORDER BY count(*) DESC, post_id LIMIT 1"

Read = Callable[[ReadSession], Awaitable[object]]


async def run(scene: Scene) -> Report:
    """Explain two reads, drop the index of each, explain them again, and make it anew."""
    rows: list[Row] = []
    groups: list[tuple[str, list[Bar]]] = []
    async with scene.connected() as connection:
        post = await connection.fetchval(MOST_COMMENTED)
        reads: tuple[tuple[str, str, Read], ...] = (
            ("front page", "posts_status_published_idx", lambda session: newest(session, 20)),
            ("thread", "comments_post_created_idx", lambda session: _thread(session, post)),
        )
        for name, index, read in reads:
            there = await explained(connection, read, scene.sizes.rounds)
            async with without(connection, index):
                gone = await explained(connection, read, scene.sizes.rounds)
            bars = []
            for label, plan in (("index", there), ("no index", gone)):
                figures = (plan.rows_read, plan.buffers, plan.milliseconds, plan.milliseconds / there.milliseconds)
                by = index if index in plan.indexes else plan.widest
                rows.append(Row(f"{name}, {label}", {**dict(zip(COLUMNS, figures, strict=False)), COLUMNS[-1]: by}))
                bars.append(Bar(label, plan.milliseconds, f"{plan.rows_read:,} rows read"))
            groups.append((name, bars))
        sizes = {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in ("posts", "comments")}  # noqa: S608
    return Report(
        title="A read with its index, and without",
        compared="Two reads of the API under EXPLAIN (ANALYZE, BUFFERS): the front page, and the comments of a post. "
        "Then the index that serves each is dropped, the read explained again, and the index made anew.",
        measured=f"{sizes['posts']:,} posts and {sizes['comments']:,} comments. Rows and pages are what PostgreSQL "
        f"says it touched; time is its own execution time, median of {scene.sizes.rounds}. Where "
        "workers share a scan, PostgreSQL rounds the rows of each.",
        reading="With the index a read touches the rows of its page, some of them twice, and no more where there are "
        "more; without it PostgreSQL reads what could belong to it, so that the figures grow with the table. All data "
        "is in memory here: from a disk, each page of 8 KB more costs more.",
        columns=COLUMNS,
        rows=rows,
        chart=BarChart(
            "A read with its index, and without",
            f"{sizes['posts']:,} posts, {sizes['comments']:,} comments",
            "ms in PostgreSQL",
            groups,
        ),
    )


async def _thread(session: ReadSession, post: int) -> None:
    columns = ("id", "author_id", "created_at")
    args = PageArgs(20)
    await page_comments(session, Asker(ANONYMOUS), "post", [post], descending=False, args=args, columns=columns)


async def explained(connection: asyncpg.Connection, read: Read, rounds: int) -> Plan:
    """The plan of a read's one statement: the round of the median time."""
    session = RecordingSession(connection)
    await read(session)
    [recorded] = session.recorded
    plans = [await explain(connection, recorded) for _ in range(rounds)]
    middle = median(sorted(plan.milliseconds for plan in plans)[: rounds - (rounds + 1) % 2])
    return next(plan for plan in plans if plan.milliseconds == middle)


@asynccontextmanager
async def without(connection: asyncpg.Connection, index: str) -> AsyncIterator[None]:
    """Drop an index for the block, and make it anew as it was."""
    definition = await connection.fetchval("SELECT pg_get_indexdef($1::regclass)", index)
    await connection.execute(f"DROP INDEX {index}")
    try:
        yield
    finally:
        await connection.execute(definition)
