"""Kept responses: none, cold, warm, and while others write."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from statistics import median
from time import perf_counter, process_time

from core.observation import observing
from experiments.charts.bars import Bar, BarChart
from experiments.client import body_of, post, serving
from experiments.report import Report, Row
from experiments.scene import Scene
from server.app import Application

COLUMNS = ("requests a second", "ms of CPU a request", "hits, %", "statements a request", "times without the cache")
QUERY = "{ posts(first: 50) { nodes { id title slug publishedAt author { name username } tags { name } } } }"
BODY = body_of(QUERY)
CLIENTS = 16
EVERY = 0.02
"""Seconds between two writes of a storm."""
CHANGE = """
UPDATE posts SET title = md5(random()::text)
WHERE id = (SELECT id FROM posts WHERE status = 'PUBLISHED' ORDER BY published_key DESC, id DESC LIMIT 1)
"""
OFF, COLD, WARM, STORM = "no cache", "cold", "warm", f"a write every {EVERY * 1e3:.0f} ms"


@dataclass(frozen=True, slots=True)
class Heard:
    """One round: requests, how many of them were hits, statements; seconds of the wall and of CPU."""

    requests: int
    hits: int
    statements: int
    wall: float
    cpu: float


async def run(scene: Scene) -> Report:
    """Ask in the four ways, and tell of each."""
    found = {name: list[Heard]() for name in (OFF, COLD, WARM, STORM)}
    never_again = _never_the_same()
    async with serving(scene.settings(cache=False)) as app:
        await post(app, BODY)
        for _ in range(scene.sizes.rounds):
            found[OFF].append(await asked(app, _same(scene.sizes.requests)))
    async with serving(scene.settings(cache=True, cache_plane="postgresql")) as app:
        await post(app, BODY)
        for _ in range(scene.sizes.rounds):
            found[COLD].append(await asked(app, (next(never_again) for _ in range(scene.sizes.requests))))
            await post(app, BODY)  # the storm before ended with a write
            found[WARM].append(await asked(app, _same(scene.sizes.requests)))
            async with _storm(scene):
                found[STORM].append(await asked(app, _until(scene.sizes.seconds)))
    rows = _rows(found)
    bars = [Bar(row.name, float(row.figures[COLUMNS[1]]), f"{row.figures[COLUMNS[2]]:.0f}% hits") for row in rows]
    return Report(
        title="Kept responses",
        compared="The feed of 50 posts with authors and tags, whole GraphQL requests: with the cache off; with "
        "requests of which none was asked before; with one that is kept; and with that one, while somebody changes a "
        f"post on the page every {EVERY * 1e3:.0f} ms.",
        measured=f"{CLIENTS} clients, {scene.sizes.requests} requests a round, in a storm "
        f"{scene.sizes.seconds:g} s; median of {scene.sizes.rounds} rounds. CPU is that of the application's "
        "process; requests are handed to it in the same process, so the bytes of HTTP are left out. PostgreSQL is "
        "asked what changed (`BROADSHEET_CACHE_PLANE=postgresql`).",
        reading="A hit costs a small part of an execution, and most hits share one look at the database; a miss costs "
        "an execution and something more. Under a storm each change is executed for once, and all who ask at that "
        "moment share the answer, so that the load follows the number of writes, not of readers. That no answer is out "
        "of date is shown by tests, not here.",
        columns=COLUMNS,
        rows=rows,
        chart=BarChart("Kept responses", "50 posts with authors and tags", "ms of CPU a request", [("", bars)]),
    )


def _rows(found: dict[str, list[Heard]]) -> list[Row]:
    cpus = {name: median(one.cpu / one.requests for one in rounds) for name, rounds in found.items()}
    return [
        Row(
            name,
            dict(
                zip(
                    COLUMNS,
                    (
                        median(one.requests / one.wall for one in rounds),
                        cpus[name] * 1e3,
                        100 * median(one.hits / one.requests for one in rounds),
                        median(one.statements / one.requests for one in rounds),
                        cpus[name] / cpus[OFF],
                    ),
                    strict=True,
                )
            ),
        )
        for name, rounds in found.items()
    ]


async def asked(app: Application, bodies: Iterator[bytes]) -> Heard:
    """Let all clients ask, each again when it is answered, until there is nothing more to ask."""
    hits: list[bool] = []

    async def client() -> None:
        for body in bodies:
            answer = await post(app, body)
            hits.append(answer.is_hit)

    wall, cpu = perf_counter(), process_time()
    with observing() as counted:
        await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return Heard(len(hits), sum(hits), counted.statements, perf_counter() - wall, process_time() - cpu)


def _same(requests: int) -> Iterator[bytes]:
    return (BODY for _ in range(requests))


def _until(seconds: float) -> Iterator[bytes]:
    ends = perf_counter() + seconds
    while perf_counter() < ends:
        yield BODY


def _never_the_same() -> Iterator[bytes]:
    """Requests that are kept apart, and mean the same: responses are kept by every byte of what was asked."""
    return (BODY[:-1] + b', "variables": {"n": %d}}' % number for number in count())


@asynccontextmanager
async def _storm(scene: Scene) -> AsyncIterator[None]:
    async with scene.connected() as connection:

        async def write() -> None:
            while True:
                await connection.execute(CHANGE)
                await asyncio.sleep(EVERY)

        task = asyncio.create_task(write())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
