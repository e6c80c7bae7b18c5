"""A PostgreSQL, a Redis and server processes of the tests' own, which may be killed, paused and restarted."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from cache.embedded import EmbeddedRedis
from core.embedded import EmbeddedServer
from core.processes import ServerProcess, _ended_with_us
from db.embedded import EmbeddedPostgres
from tests.faults.blog import Blog
from tests.faults.proxy import Proxy
from tests.fixtures.budget import PROVE
from tests.fixtures.live import COMMAND, SERVES, clean_environment
from tests.fixtures.servers import NO_LIMITS, PATIENT, TOKEN_KEY, connected

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0


class NotInTimeError(Exception):
    """Something that was waited for did not come."""


async def until(what: str, true: Callable[[], Awaitable[bool]], patience: float = PATIENCE) -> None:
    """Wait for something."""
    deadline = monotonic() + patience
    while not await true():
        if monotonic() > deadline:
            raise NotInTimeError(what)
        await asyncio.sleep(0.02)


class Held:
    """An embedded server in our hands. Nothing here waits without letting the load go on."""

    def __init__(self, server: EmbeddedServer, answers: Callable[[], Awaitable[bool]]) -> None:
        self._server = server
        self._answers = answers

    @property
    def _process(self) -> ServerProcess:
        assert self._server._server is not None
        return self._server._server

    @staticmethod
    def kill(pid: int) -> None:
        """Kill one of its processes."""
        os.kill(pid, signal.SIGKILL)

    def family(self) -> list[int]:
        """Its process ids: itself first, then those that it started."""
        pid = self._process.pid
        assert pid is not None, "it does not run"
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], check=True, capture_output=True, text=True).stdout
        pairs = [map(int, line.split()) for line in listed.splitlines()]
        return [pid, *(child for child, parent in pairs if parent == pid)]

    def send(self, number: signal.Signals) -> None:
        pid = self._process.pid
        assert pid is not None, "it does not run"
        os.kill(pid, number)

    async def stop(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it by a signal, and wait for its end."""
        self.send(number)
        await self.ended()

    async def ended(self) -> None:
        async def none() -> bool:
            return self._process.pid is None

        await until(f"{self._server.title} ends", none)

    async def start(self) -> None:
        """Start it again as it was, on the same socket."""
        self._process.start(lambda: True)
        await self.ready()

    async def ready(self) -> None:
        await until(f"{self._server.title} answers", self._answers)


@dataclass
class Server:
    """One server process, on a port that it keeps."""

    number: int
    folder: Path
    variables: dict[str, str]
    variant: tuple[str, str] | None = None
    """The module of `tests.faults` that patches it, and what that is to do."""
    port: int = 0
    words: tuple[str, ...] = ()
    """What is said to it besides `serve`."""
    _process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> Path:
        return self.folder / f"server-{' '.join(self.variant or ('whole',))}-{self.number}.log"

    async def start(self) -> None:
        """Start it, and wait until it serves."""
        self._spawn()
        await until(f"server {self.number} serves: {self.log}", self._serves)

    def _spawn(self) -> None:
        command = [str(COMMAND)]
        if self.variant:
            command = [sys.executable, "-m", f"tests.faults.{self.variant[0]}", self.variant[1]]
        # Into a file: nobody reads a pipe, and one that is full would hold the server up.
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [*_ended_with_us(signal.SIGKILL), *command, "serve", *self.words],
                env=clean_environment(PORT=str(self.port), PYTHONPATH=str(ROOT), **self.variables),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def _serves(self) -> bool:
        assert self._process is not None
        printed = self.log.read_text()
        if self._process.poll() is not None:
            raise NotInTimeError(f"server {self.number} ended: {printed}")
        found = SERVES.search(printed)
        if found is None:
            return False
        self.port = int(found[1].rpartition(":")[2])
        return True

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    async def stop(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it by a signal, and wait for its end."""
        self.send(number)
        await until(f"server {self.number} ends", self._ended)

    async def _ended(self) -> bool:
        assert self._process is not None
        return self._process.poll() is not None

    def clear_away(self) -> None:
        """See that nothing of it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@dataclass
class World:
    """All of it."""

    folder: Path
    database_url: str
    redis_socket: str
    blog: Blog
    postgres: Held
    redis: Held
    asked: Redis
    """The tests' own connection to Redis."""
    proxies: list[Proxy]
    servers: list[Server]
    plane: str
    ways: list[Proxy] = field(default_factory=list)
    """What stands between the servers and PostgreSQL, where anything does."""

    @asynccontextmanager
    async def others(self, module: str, variant: str, plane: str, number: int) -> AsyncIterator[list[Server]]:
        """Further servers, with something patched in them by a module of the tests."""
        settings = variables(self.database_url, f"unix://{self.redis_socket}", plane)
        servers = [Server(n, self.folder, settings, (module, variant)) for n in range(number)]
        try:
            await asyncio.gather(*(server.start() for server in servers))
            if plane == "redis":
                await opened(self.database_url)
            yield servers
        finally:
            for server in servers:
                server.clear_away()

    @asynccontextmanager
    async def broken(self, variant: str, plane: str) -> AsyncIterator[list[Server]]:
        """Two further servers, with a safeguard switched off."""
        try:
            async with self.others("broken", variant, plane, 2) as servers:
                yield servers
        finally:
            # What they kept may be wrong.
            await self.asked.flushall()
            if self.plane == "redis":
                await asyncio.sleep(1.0)
                await opened(self.database_url)


async def opened(url: str) -> None:
    """Wait until Redis is believed, and those who came to it have joined."""
    async with connected(url) as connection:

        async def is_open() -> bool:
            return bool(await connection.fetchval("SELECT state = 'open' FROM cache_plane"))

        await until("the plane opens", is_open)
    await asyncio.sleep(0.6)


def variables(database_url: str, redis_url: str, plane: str, *, patient: bool = not PROVE) -> dict[str, str]:
    """The settings of a server process over these, as variables; it has patience, or waits as long as by default."""
    patience = {name: value for name, value in PATIENT.items() if patient and not name.startswith("redis")}
    limits = {f"BROADSHEET_{name.upper()}": str(value) for name, value in (NO_LIMITS | patience).items()}
    return limits | {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "BROADSHEET_TOKEN_KEYS": TOKEN_KEY,
        "BROADSHEET_SAMPLE": "false",
        "BROADSHEET_CACHE_PLANE": plane,
        "BROADSHEET_KEEP_ALIVE_TIMEOUT": "3600",
        "BROADSHEET_MAX_REQUESTS": "5000",
    }


def folder() -> Path:
    """One that the account of root's PostgreSQL can reach."""
    path = Path(tempfile.mkdtemp(prefix="broadsheet-faults-"))
    path.chmod(0o755)
    return path


def held_postgres(server: EmbeddedPostgres) -> Held:
    async def answers() -> bool:
        try:
            connection = await asyncpg.connect(server.url())
        except (OSError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True

    return Held(server, answers)


def held_redis(server: EmbeddedRedis, asked: Redis) -> Held:
    async def answers() -> bool:
        try:
            return bool(await asked.ping())
        except (RedisError, OSError):
            return False

    return Held(server, answers)
