"""A PgBouncer in transaction mode, where the machine has one."""

import shutil
import signal
from collections.abc import AsyncIterator
from configparser import ConfigParser
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import asyncpg

from core.processes import ServerProcess
from db.embedded_account import account
from tests.docs.documents import ROOT, blocks_of
from tests.faults.world import until

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
PORT = 6432  # only a part of the socket's name


@dataclass
class Bouncer:
    """It leads to one server; `url` names the database."""

    folder: Path
    server: ServerProcess

    def url(self, database: str) -> str:
        """The URL of a database through it."""
        return f"postgresql://postgres@/{database}?{urlencode({'host': self.folder, 'port': PORT})}"


def _documented(host: str, port: str, folder: Path, size: int) -> ConfigParser:
    """The configuration that docs/scaling.md shows, for any database of a server, without network and passwords."""
    [shown] = [block.text for block in blocks_of(ROOT / "docs" / "scaling.md") if block.language == "ini"]
    config = ConfigParser()
    config.read_string(shown)
    config["databases"] = {"*": f"host={host} port={port} user=postgres"}
    config["pgbouncer"].update(
        {
            "listen_addr": "",
            "listen_port": str(PORT),
            "unix_socket_dir": str(folder),
            "unix_socket_mode": "0777",
            "auth_type": "trust",
            "auth_file": str(folder / "users.txt"),
            "default_pool_size": str(size),
        }
    )
    return config


@asynccontextmanager
async def bouncer_of(primary: str, folder: Path, size: int) -> AsyncIterator[Bouncer]:
    """One with `size` connections to the server that a URL leads to, for each database."""
    assert PROGRAM is not None
    found = parse_qs(urlsplit(primary).query)
    folder.mkdir(mode=0o755)
    user = account()
    if user is not None:
        shutil.chown(folder, user, user)
    (folder / "users.txt").write_text('"postgres" ""\n')
    with (folder / "pgbouncer.ini").open("w") as file:
        _documented(found["host"][0], found["port"][0], folder, size).write(file)
    log = folder.with_name(f"{folder.name}.log")
    command = [PROGRAM, str(folder / "pgbouncer.ini")]
    server = ServerProcess("PgBouncer", command, log=log, stop_signal=signal.SIGTERM, user=user)
    bouncer = Bouncer(folder, server)

    async def answers() -> bool:
        assert server.pid is not None, log.read_text()
        try:
            connection = await asyncpg.connect(bouncer.url("postgres"), statement_cache_size=0)
        except (OSError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True

    try:
        server.start(lambda: True)
        await until(f"PgBouncer answers: {log}", answers)
        yield bouncer
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
