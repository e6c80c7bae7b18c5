"""The columns that were asked for against whole rows."""

from db.database import Database
from db.rows import Columns
from experiments.charts.bars import Bar, BarChart
from experiments.explain import RecordingSession, explain
from experiments.feed import FEED, newest
from experiments.measure import Work, in_turns
from experiments.report import Report, Row
from experiments.scene import Scene

COLUMNS = ("KB answered", "pages of 8 KB", "ms a page", "ms of CPU", "times the titles'")
TITLES = ("id", "title", "slug")
WHOLE = (
    *("id", "slug", "title", "summary", "body", "body_html", "word_count", "status", "canonical_url"),
    *("author_id", "created_at", "updated_at", "published_at", "published_key", "version"),
)
SELECTIONS: dict[str, Columns] = {
    "titles": TITLES,
    "titles and summaries": (*TITLES, "summary"),
    "whole rows": WHOLE,
}
PAGES = 8
"""Of one round."""


async def run(scene: Scene) -> Report:
    """Read one page with few columns and with all."""
    async with scene.connected() as connection:
        plans = {}
        for name, columns in SELECTIONS.items():
            session = RecordingSession(connection)
            await newest(session, columns=columns)
            plans[name] = await explain(connection, session.recorded[0])
    async with scene.database() as database:
        works = {name: _reads(database, columns) for name, columns in SELECTIONS.items()}
        times = await in_turns(scene.sizes.rounds, works, PAGES)
    least = times["titles"].wall
    rows = []
    for name, one in times.items():
        figures = (plans[name].kilobytes, plans[name].buffers, one.wall, one.cpu, one.wall / least)
        rows.append(Row(name, dict(zip(COLUMNS, figures, strict=True))))
    bars = [Bar(row.name, float(row.figures[COLUMNS[2]]), f"{row.figures[COLUMNS[0]]:,} KB") for row in rows]
    return Report(
        title="The columns that were asked for, and whole rows",
        compared=f"The {FEED} newest posts by the API's own read: their titles, their titles and summaries, and all "
        "columns, with both texts of the body.",
        measured=f"KB and pages are what EXPLAIN (ANALYZE, BUFFERS, SERIALIZE) says; time is that of the read until "
        f"its rows are there, {PAGES} a round, median of {scene.sizes.rounds} rounds.",
        reading="The API reads the columns that a query selects, and no others. A body stands outside of its row, so "
        "that whoever does not ask for it reads none of its pages; and what was not read is neither sent, nor decoded, "
        "nor kept.",
        columns=COLUMNS,
        rows=rows,
        chart=BarChart("The columns that were asked for, and whole rows", f"{FEED} posts", "ms a page", [("", bars)]),
    )


def _reads(database: Database, columns: Columns) -> Work:
    async def several() -> None:
        for _ in range(PAGES):
            await newest(database.read(), columns=columns)

    return several
