"""What is looked at besides reads and writes: whether processes stand and are ready, and what they hold."""

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from tests.faults.figures import HUNG_UP, Read
from tests.faults.telling import told
from tests.faults.wire import Connection, probe
from tests.faults.world import NotInTimeError, Server, World, until
from tests.fixtures.servers import connected

EVERY = 0.1
PAGE = os.sysconf("SC_PAGE_SIZE")
OURS = (
    "SELECT count(*), count(*) FILTER (WHERE state <> 'idle' AND backend_type = 'client backend') "
    "FROM pg_stat_activity WHERE application_name = 'broadsheet' AND datname = current_database()"
)


@dataclass
class Watch:
    """`/livez` and `/readyz` of all processes, asked all the time."""

    servers: Sequence[Server]
    lives: list[Read] = field(default_factory=list)
    """Each answer of `/livez`; its error is a status that is not 200, or that none came."""
    ready: Counter[str] = field(default_factory=Counter)
    """How often `/readyz` answered what."""
    slowest_ready: float = 0.0

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Watch"]:
        """Ask inside the block."""
        tasks = [
            asyncio.create_task(ask(number)) for number in range(len(self.servers)) for ask in (self._live, self._ready)
        ]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _live(self, number: int) -> None:
        async for began, answer in _answers(self.servers[number], "/livez"):
            self.lives.append(Read(number, began, perf_counter(), hit=False, error=None if answer == "200" else answer))

    async def _ready(self, number: int) -> None:
        async for began, answer in _answers(self.servers[number], "/readyz"):
            self.ready[answer] += 1
            self.slowest_ready = max(self.slowest_ready, perf_counter() - began)


async def _answers(server: Server, path: str) -> AsyncIterator[tuple[float, str]]:
    connection = Connection(server.port)
    try:
        while True:
            began = perf_counter()
            try:
                reply = await connection.ask(probe(path))
                yield began, str(reply.status)
            except TimeoutError:
                yield began, "timeout"
            except OSError:
                yield began, HUNG_UP
            await asyncio.sleep(EVERY)
    finally:
        await connection.close()


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the server processes hold together."""

    connections: int
    """To PostgreSQL."""
    busy: int
    """Of these, in a statement or a transaction."""
    tasks: int
    files: int
    memory: int
    """Bytes; None of these two can be known elsewhere than on Linux, and is 0 there."""
    names: tuple[tuple[str, int], ...] = ()
    """Of the tasks."""


async def holdings(world: World, servers: Sequence[Server]) -> Holdings:
    """What they hold now."""
    pids = [pid for server in servers for pid in processes_of(server)]
    names = Counter[str]()
    for pid in pids:
        names.update(await _tasks(world.folder, pid))
    async with connected(world.database_url) as connection:
        [[number, busy]] = await connection.fetch(OURS)
    files = sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids if Path(f"/proc/{pid}/fd").exists())
    memory = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE for pid in pids if _has_proc(pid))
    return Holdings(number, busy, names.total(), files, memory, tuple(names.most_common(12)))


def _has_proc(pid: int) -> bool:
    return Path(f"/proc/{pid}/statm").exists()


def processes_of(server: Server) -> list[int]:
    """Those that serve: itself, or the workers that it looks after."""
    return workers_of(server.pid) if server.words else [server.pid]


def workers_of(pid: int) -> list[int]:
    """The processes that were started by one, but for those that look after shared memory."""
    found = []
    for path in Path("/proc").iterdir():
        if not path.name.isdigit():
            continue
        with suppress(OSError, IndexError):
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid and b"spawn_main" in (path / "cmdline").read_bytes():
                found.append(int(path.name))
    return sorted(found)


async def _tasks(folder: Path, pid: int) -> dict[str, int]:
    path = told(folder, pid)
    path.unlink(missing_ok=True)
    if not catches(pid):
        return {}
    os.kill(pid, signal.SIGUSR1)

    async def is_told() -> bool:
        return path.exists()

    with suppress(NotInTimeError):
        await until("it tells of its tasks", is_told, 10.0)
        names: dict[str, int] = json.loads(path.read_text())
        return names
    return {}


def catches(pid: int) -> bool:
    """Whether it is so far that the signal would not end it; where that cannot be known it is."""
    status = Path(f"/proc/{pid}/status")
    caught = (
        [line.split()[1] for line in status.read_text().splitlines() if line.startswith("SigCgt")]
        if status.exists()
        else []
    )
    return all(int(mask, 16) >> (signal.SIGUSR1 - 1) & 1 for mask in caught)


async def settled(world: World, servers: Sequence[Server], before: Holdings, patience: float) -> Holdings:
    """What they hold when nobody has asked for a while, as soon as that is no more than before."""
    deadline = perf_counter() + patience
    while True:
        now = await holdings(world, servers)
        if (now.tasks <= before.tasks and not now.busy) or perf_counter() > deadline:
            return now
        await asyncio.sleep(0.5)
