"""A pool of connections against a connection for each request."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg

from experiments.charts.bars import Bar, BarChart
from experiments.explain import Recorded, RecordingSession
from experiments.feed import newest
from experiments.measure import in_turns
from experiments.report import Report, Row
from experiments.scene import Scene

COLUMNS = ("ms a request", "ms of CPU", "times the pool's", "connections opened")
POOL = 10


async def run(scene: Scene) -> Report:
    """Ask for the front page over both, one client and several."""
    async with scene.connected() as connection:
        session = RecordingSession(connection)
        await newest(session, 20)
    rows: list[Row] = []
    groups: list[tuple[str, list[Bar]]] = []
    for clients in (1, scene.sizes.at_once[-1]):
        found = await _compared(scene, session.recorded[0], clients)
        rows += found
        bars = [Bar(row.name.partition(",")[0], float(row.figures[COLUMNS[0]])) for row in found]
        groups.append((_asking(clients), bars))
    return Report(
        title="A pool of connections, and a connection for each request",
        compared=f"The statement of a front page of 20 posts, over a pool of at most {POOL} connections, and over a "
        "connection that is opened for it and closed after it.",
        measured=f"{scene.sizes.requests} requests a round; time until all are answered, divided by their number; "
        f"median of {scene.sizes.rounds} rounds. CPU is that of the asking process. Connections are counted as they "
        "are opened, in all rounds together.",
        reading="A connection costs PostgreSQL a process, and takes several messages before the first statement. Here "
        "both ends share a machine, a socket file and no password: over a network, with TLS and a password, opening "
        "takes longer still. A pool also bounds what PostgreSQL has to bear when many ask at once.",
        columns=COLUMNS,
        rows=rows,
        chart=BarChart("A pool, and a connection for each request", "A front page of 20 posts", "ms a request", groups),
    )


async def _compared(scene: Scene, asked: Recorded, clients: int) -> list[Row]:
    opened = dict.fromkeys(("a pool", "a connection each"), 0)

    async def count(_connection: object) -> None:
        opened["a pool"] += 1

    async def nothing(_connection: object) -> None:
        """Reads leave nothing behind to be reset."""

    async with asyncpg.create_pool(scene.url, min_size=1, max_size=POOL, init=count, reset=nothing) as pool:

        async def pooled() -> None:
            async with pool.acquire() as connection:
                await connection.fetch(asked.sql, *asked.arguments)

        async def apart() -> None:
            opened["a connection each"] += 1
            connection = await asyncpg.connect(scene.url)
            try:
                await connection.fetch(asked.sql, *asked.arguments)
            finally:
                await connection.close()

        works = {"a pool": pooled, "a connection each": apart}
        crowds = {name: _crowd(work, scene.sizes.requests, clients) for name, work in works.items()}
        times = await in_turns(scene.sizes.rounds, crowds, scene.sizes.requests)
    least = times["a pool"].wall
    return [
        Row(
            f"{name}, {_asking(clients)}",
            dict(zip(COLUMNS, (one.wall, one.cpu, one.wall / least, opened[name]), strict=True)),
        )
        for name, one in times.items()
    ]


def _crowd(work: Callable[[], Awaitable[None]], requests: int, clients: int) -> Callable[[], Awaitable[object]]:
    """So many requests by so many clients, each asking again when it is answered."""

    async def client() -> None:
        for _ in range(requests // clients):
            await work()

    return lambda: asyncio.gather(*(client() for _ in range(clients)))


def _asking(clients: int) -> str:
    return "1 client" if clients == 1 else f"{clients} clients"
