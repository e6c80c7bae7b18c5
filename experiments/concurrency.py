"""Threads that block against tasks of one event loop, over the same driver and the same statement."""

import asyncio
from collections.abc import Awaitable, Callable
from threading import Barrier, BrokenBarrierError, Thread

import asyncpg

from experiments.charts.lines import Line, LineChart
from experiments.measure import Timed, in_turns
from experiments.report import Report, Row
from experiments.scene import Scene

COLUMNS = ("at once", "requests a second", "ms of CPU", "threads", "connections")
WAIT = 0.005
STATEMENT = f"SELECT posts.id, title FROM pg_sleep({WAIT}), posts ORDER BY posts.id LIMIT 20"  # noqa: S608
POOL = 10
NAMES = ("threads", "asyncio", f"asyncio, {POOL} at most")


async def run(scene: Scene) -> Report:
    """Ask with ever more requests at once."""
    requests = scene.sizes.requests
    rows: list[Row] = []
    for at_once in scene.sizes.at_once:
        times, connections = await _compared(scene, at_once)
        for name, one in times.items():
            threads = at_once if name == NAMES[0] else 1
            figures = (at_once, 1e3 / one.wall, one.cpu, threads, connections[name])
            rows.append(Row(f"{name}, {at_once}", dict(zip(COLUMNS, figures, strict=True))))
    lines = [Line(name, [_point(row) for row in rows if row.name == f"{name}, {_at(row)}"]) for name in NAMES]
    return Report(
        title="Threads that block, and tasks of one event loop",
        compared=f"A statement that reads 20 titles and takes {WAIT * 1e3:.0f} ms, nearly all of it waiting, as for a "
        "busy database or one beyond a network. One request at a time; a thread and a connection for each request "
        f"that runs; a task for each, over as many connections; a task for each, over at most {POOL}.",
        measured=f"{requests} requests a round; median of {scene.sizes.rounds} rounds. Both sides use asyncpg, so that "
        "no two drivers are compared: a thread runs a loop of its own, and blocks in it until its answer is there. "
        "Threads and connections are made before the clock starts.",
        reading="Whoever waits for one answer before he asks for the next, has one answer every "
        f"{WAIT * 1e3:.0f} ms, however fast the machine. Threads and tasks both overlap the waiting, and answer about "
        "as many requests over as many connections. But each request that waits costs a thread, and with many of them "
        "they take turns at the interpreter: there tasks take less CPU for each request. A pool bounds what the "
        f"database has to bear: {POOL} connections have at most {POOL / WAIT:,.0f} answers a second of this statement, "
        "and requests queue in the server, where a task that waits is cheap.",
        columns=COLUMNS,
        rows=rows,
        chart=LineChart(
            "Threads that block, and tasks of one event loop",
            f"A statement that takes {WAIT * 1e3:.0f} ms, nearly all of it waiting",
            "requests at once",
            "requests a second",
            lines,
        ),
    )


def _at(row: Row) -> str:
    return f"{row.figures[COLUMNS[0]]}"


def _point(row: Row) -> tuple[float, float]:
    return float(row.figures[COLUMNS[0]]), float(row.figures[COLUMNS[1]])


async def _compared(scene: Scene, at_once: int) -> tuple[dict[str, Timed], dict[str, int]]:
    requests = scene.sizes.requests
    few = min(at_once, POOL)
    crew = Crew(scene.url, at_once, requests // at_once)
    try:
        async with _pool(scene.url, at_once) as many, _pool(scene.url, few) as pool:
            works: dict[str, Callable[[], Awaitable[object]]] = {
                NAMES[0]: lambda: asyncio.to_thread(crew.work),
                NAMES[1]: lambda: _tasks(many, at_once, requests // at_once),
                NAMES[2]: lambda: _tasks(pool, at_once, requests // at_once),
            }
            times = await in_turns(scene.sizes.rounds, works, requests // at_once * at_once)
    finally:
        crew.dismiss()
    return times, dict(zip(NAMES, (at_once, at_once, few), strict=True))


def _pool(url: str, size: int) -> "asyncpg.Pool[asyncpg.Record]":
    async def nothing(_connection: object) -> None:
        """Reads leave nothing behind to be reset."""

    return asyncpg.create_pool(url, min_size=size, max_size=size, reset=nothing)


async def _tasks(pool: "asyncpg.Pool[asyncpg.Record]", at_once: int, each: int) -> None:
    async def client() -> None:
        for _ in range(each):
            async with pool.acquire() as connection:
                await connection.fetch(STATEMENT)

    await asyncio.gather(*(client() for _ in range(at_once)))


class Crew:
    """Threads with a connection each, which wait at a gate before each round and meet at it again after."""

    def __init__(self, url: str, size: int, each: int) -> None:
        self._url, self._each = url, each
        self._gate = Barrier(size + 1)
        self._threads = [Thread(target=self._serve, daemon=True) for _ in range(size)]
        for thread in self._threads:
            thread.start()

    def work(self) -> None:
        """One round: let all begin, and wait until all are done."""
        self._gate.wait()
        self._gate.wait()

    def dismiss(self) -> None:
        """End the threads and close their connections."""
        self._gate.abort()
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        loop = asyncio.new_event_loop()
        connection = loop.run_until_complete(asyncpg.connect(self._url))
        try:
            while self._is_wanted():
                for _ in range(self._each):
                    loop.run_until_complete(connection.fetch(STATEMENT))
                self._is_wanted()
        finally:
            loop.run_until_complete(connection.close())
            loop.close()

    def _is_wanted(self) -> bool:
        try:
            self._gate.wait()
        except BrokenBarrierError:
            return False
        return True
