"""What a request costs, by how many rows its answer holds."""

import json
from collections.abc import Mapping
from functools import partial
from statistics import linear_regression

from experiments.charts.lines import Line, LineChart
from experiments.client import body_of, post, serving
from experiments.measure import Timed, Work, in_turns, statements_of
from experiments.report import Report, Row
from experiments.scene import Scene
from server.app import Application

COLUMNS = ("rows", "statements", "ms of CPU", "ms by the straight line")
SIZES = (1, 5, 10, 20, 40, 60, 80, 100)
"""Posts that are asked for; each brings its author, its tags, and comments with their authors."""
QUERY = """
{ posts(first: %d) { nodes {
    id title slug publishedAt author { id name } tags { id name }
    comments(first: 5) { nodes { id author { id name } } }
} } }
"""
REQUESTS = 8
"""Of one round."""
UNLIMITED = {"max_cost_anonymous": 1_000_000}


async def run(scene: Scene) -> Report:
    """Ask for more and more posts, as far as a page goes."""
    async with serving(scene.settings(cache=False, **UNLIMITED)) as app:
        bodies = {posts: body_of(QUERY % posts) for posts in SIZES}
        rows = {posts: _rows_of((await post(app, body)).body) for posts, body in bodies.items()}
        statements = {posts: await statements_of(partial(post, app, body)) for posts, body in bodies.items()}
        works = {str(posts): _asks(app, body) for posts, body in bodies.items()}
        times = await in_turns(scene.sizes.rounds, works, REQUESTS)
    straight = _straight(rows, times)
    measured = {posts: times[str(posts)].cpu for posts in SIZES}
    fits = {"measured": measured, "straight line": straight}
    lines = [Line(name, [(rows[posts], one[posts]) for posts in SIZES]) for name, one in fits.items()]
    title = "Rows of an answer"
    return Report(
        title=title,
        compared=f"The newest posts, {SIZES[0]} to {SIZES[-1]} of them, with authors, tags, and comments with their "
        "authors: whole GraphQL requests, with the cache off.",
        measured=f"{REQUESTS} requests a round, one at a time; median of {scene.sizes.rounds} rounds. Rows are the "
        "objects of the answer that stand for one. CPU is that of the application's process; requests are handed to "
        "it in the same process. The straight line is the one that fits best (least squares).",
        reading="However many rows there are, the statements stay the same: one for each relation. So the cost is that "
        "of a request and its statements, and the same for each row more: nothing grows faster than the answer.",
        columns=COLUMNS,
        rows=[
            Row(
                f"{posts} posts" if posts > 1 else "1 post",
                dict(zip(COLUMNS, (one[posts] for one in (rows, statements, measured, straight)), strict=True)),
            )
            for posts in SIZES
        ],
        chart=LineChart(
            title, "Posts with all that hangs from them", "rows", "ms of CPU a request", lines, evenly=True
        ),
    )


def _rows_of(answer: bytes) -> int:
    """The objects with an id, at any depth."""
    found = 0
    left = [json.loads(answer)["data"]]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            found += "id" in one
            left += one.values()
        elif isinstance(one, list):
            left += one
    return found


def _straight(rows: Mapping[int, int], times: Mapping[str, Timed]) -> dict[int, float]:
    """What each would cost if a row more always cost the same."""
    cpus = [times[str(posts)].cpu for posts in rows]
    slope, first = linear_regression(list(rows.values()), cpus)
    return {posts: first + slope * number for posts, number in rows.items()}


def _asks(app: Application, body: bytes) -> Work:
    async def several() -> None:
        for _ in range(REQUESTS):
            await post(app, body)

    return several
