"""A PostgreSQL that replays another one's log: a copy made by pg_basebackup, on a socket of its own."""

import importlib.metadata
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import asyncpg

from core.processes import ServerProcess, run_program
from core.socket_folder import SocketFolder
from db.embedded import PORT, PROGRAMS, EmbeddedPostgres
from db.embedded_account import account, program_folder
from tests.faults.world import until


def programs() -> Path:
    """The folder of PostgreSQL's programs."""
    user = account()
    installed = EmbeddedPostgres(Path())._installed()
    return program_folder(installed, importlib.metadata.version(EmbeddedPostgres.wheel), user) / PROGRAMS


@dataclass
class Standby:
    """It runs until the block of `standby_of` ends, or somebody kills it."""

    data: Path
    sockets: SocketFolder
    server: ServerProcess
    log: Path

    def url(self, database: str) -> str:
        """The URL of one of its databases."""
        query = urlencode({"host": self.sockets.path, "port": PORT})
        return f"postgresql://postgres@/{database}?{query}"

    async def run(self, statement: str) -> object:
        """Run a statement here; its first value."""
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    async def answers(self) -> bool:
        """Whether it can be read."""
        try:
            return bool(await self.run("SELECT true"))
        except (OSError, asyncpg.PostgresError):
            return False

    async def has_all(self, primary: str) -> None:
        """Wait until it has replayed all that the primary wrote."""
        connection = await asyncpg.connect(primary)
        try:
            await connection.execute("SELECT pg_switch_wal()")  # what is in its buffers, too
            place = await connection.fetchval("SELECT pg_current_wal_flush_lsn()")
        finally:
            await connection.close()

        async def come() -> bool:
            replayed = await self.run("SELECT pg_last_wal_replay_lsn()")
            assert isinstance(replayed, int)
            assert isinstance(place, int)
            return replayed >= place

        await until("the replica has come so far", come)

    async def pause(self) -> None:
        """Let it receive, and replay nothing."""
        await self.run("SELECT pg_wal_replay_pause()")

        async def paused() -> bool:
            return await self.run("SELECT pg_get_wal_replay_pause_state()") == "paused"

        await until("the replay is paused", paused)

    async def resume(self) -> None:
        """Let it replay."""
        await self.run("SELECT pg_wal_replay_resume()")

    async def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it by a signal; it leaves nothing behind that would keep it from starting."""
        pid = self.server.pid
        assert pid is not None
        os.kill(pid, number)

        async def ended() -> bool:
            return self.server.pid is None

        await until("the replica ends", ended)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    async def start(self) -> None:
        """Start it, and wait until it can be read."""
        self.server.start(lambda: True)
        await until(f"the replica answers: {self.log}", self._answers_or_ended)

    async def _answers_or_ended(self) -> bool:
        assert self.server.pid is not None, self.log.read_text()
        answers: bool = await self.answers()
        return answers


@asynccontextmanager
async def standby_of(primary: str, folder: Path, **settings: str) -> AsyncIterator[Standby]:
    """A copy of the whole server that a URL leads to; it runs."""
    user, found = account(), parse_qs(urlsplit(primary).query)
    folder.mkdir(mode=0o755)
    data = folder / "postgres"
    if user is not None:
        shutil.chown(folder, user, user)
    bin_ = programs()
    made = run_program(
        [
            *(str(bin_ / "pg_basebackup"), "-D", str(data), "-R", "-X", "stream", "-c", "fast", "--no-sync"),
            *("-h", found["host"][0], "-p", found["port"][0], "-U", "postgres"),
        ],
        user=user,
    )
    assert made.returncode == 0, made.stderr
    sockets = SocketFolder(folder, f".s.PGSQL.{PORT}")
    if user is not None:
        shutil.chown(sockets.path, user, user)
    given = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{sockets.path}"',
        "shared_buffers": "32MB",
        "fsync": "off",
        "hot_standby_feedback": "on",
        "jit": "off",
        **settings,
    }
    command = [str(bin_ / "postgres"), "-D", str(data), "-p", str(PORT)]
    for name, value in given.items():
        command += ["-c", f"{name}={value}"]
    log = folder.with_name(f"{folder.name}.log")
    server = ServerProcess("the replica", command, log=log, stop_signal=signal.SIGINT, user=user, inherited=[])
    standby = Standby(data, sockets, server, log)
    try:
        await standby.start()
        yield standby
    finally:
        server.stop()
        sockets.remove()
        shutil.rmtree(folder, ignore_errors=True)
