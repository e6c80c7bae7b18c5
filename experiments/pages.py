"""Pages by cursor against pages by number, ever deeper."""

from typing import Any

import asyncpg

from experiments.charts.lines import Line, LineChart
from experiments.explain import Recorded, RecordingSession, explain
from experiments.feed import newest
from experiments.measure import in_turns
from experiments.report import Report, Row
from experiments.scene import Scene

COLUMNS = ("page", "rows read", "ms a page", "times the first page's")
SIZE = 10
"""Posts of a page; a read takes one more, which tells whether there is a next."""
NAMES = ("by cursor", "by OFFSET")
DEPTHS = (1, 10, 100, 1_000, 10_000)
PAGES = 8
"""Of one round."""


async def run(scene: Scene) -> Report:
    """Read pages as deep as there are posts."""
    found: dict[str, list[tuple[int, int, float]]] = {name: [] for name in NAMES}
    async with scene.connected() as connection:
        for page in await _depths(connection):
            asked = await both(connection, page)
            times = await in_turns(
                scene.sizes.rounds, {name: _reads(connection, one) for name, one in asked.items()}, PAGES
            )
            for name, one in asked.items():
                plan = await explain(connection, one)
                found[name].append((page, plan.rows_read, times[name].wall))
    rows = [
        Row(f"{name}, page {page:,}", dict(zip(COLUMNS, (page, read, wall, wall / pages[0][2]), strict=True)))
        for name, pages in found.items()
        for page, read, wall in pages
    ]
    lines = [Line(name, [(page, wall) for page, _, wall in pages]) for name, pages in found.items()]
    return Report(
        title="Pages by cursor, and pages by number",
        compared=f"Pages of {SIZE} posts, the newest first: the API's own statement, which walks the index from the "
        "place that the cursor names; and the same statement without a cursor, with OFFSET.",
        measured=f"{PAGES} pages a round, asked and fetched by the driver; median of {scene.sizes.rounds} rounds. Rows "
        "are what EXPLAIN says was read.",
        reading="A page by cursor reads its own rows, at any depth; OFFSET reads all rows before it, too, and throws "
        "them away. A cursor also keeps its place while others publish.",
        columns=COLUMNS,
        rows=rows,
        chart=LineChart(
            "Pages by cursor, and pages by number",
            f"Pages of {SIZE} posts; both axes are logarithmic",
            "page",
            "ms a page",
            lines,
            logarithmic=True,
        ),
    )


async def _depths(connection: asyncpg.Connection) -> list[int]:
    """The pages that are there, and the last one where it is much deeper than these."""
    last = await connection.fetchval("SELECT count(*) FROM posts WHERE status = 'PUBLISHED'") // SIZE
    there = [page for page in DEPTHS if page <= last]
    return [*there, last] if there[-1] * 2 <= last < DEPTHS[-1] else there


async def both(connection: asyncpg.Connection, page: int) -> dict[str, Recorded]:
    """The statements that read this page in either way; both answer the same rows."""
    session = RecordingSession(connection)
    await newest(session, SIZE)
    first = session.recorded[0]
    before = (page - 1) * SIZE
    walk, end, rest = first.sql.rpartition(") AS walk")
    by_offset = Recorded(f"{walk} OFFSET {before}{end}{rest}", first.arguments)
    by_cursor = first
    if before:
        [record] = await connection.fetch(
            "SELECT published_key, id FROM posts WHERE status = 'PUBLISHED' "
            "ORDER BY published_key DESC, id DESC LIMIT 1 OFFSET $1",
            before - 1,
        )
        await newest(session, SIZE, after=(record["published_key"], record["id"]))
        by_cursor = session.recorded[-1]
    answers = [await connection.fetch(one.sql, *one.arguments) for one in (by_cursor, by_offset)]
    assert answers[0] == answers[1], "both ways read the same page"
    return dict(zip(NAMES, (by_cursor, by_offset), strict=True))


def _reads(connection: asyncpg.Connection, asked: Recorded) -> Any:
    async def several() -> None:
        for _ in range(PAGES):
            await connection.fetch(asked.sql, *asked.arguments)

    return several
