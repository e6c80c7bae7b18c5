"""What the embedded servers share: one folder, one lock on it, and a life from start to stop."""

import importlib.util
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

from core.errors import ServiceError
from core.folder_lock import FolderLock
from core.processes import ServerProcess
from core.socket_folder import SocketFolder


class EmbeddedServer(ABC):
    """A server from a wheel that works in `data_dir`, on a unix socket that only this account (and root) can open.

    Started from the main thread; use it as a context manager or call `start` and `stop`.
    """

    title: str
    """Its name in messages, such as PostgreSQL."""
    wheel: str
    setting: str
    """The variable that names a server of one's own instead."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir.resolve()
        self._lock = FolderLock(self._folder / f"{self.title.lower()}.lock")
        self._sockets: SocketFolder | None = None
        self._server: ServerProcess | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and return when it answers.

        Raises:
            ServiceError: the wheel is missing, another Broadsheet has the folder, or the server fails.

        """
        if self._server is not None:
            return
        installed = self._installed()
        self._lock.acquire()
        try:
            self._start(installed)
        except BaseException:
            self.stop()
            raise

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

    @abstractmethod
    def _start(self, installed: Path) -> None:
        """Start the server of the wheel's package at `installed`, and set `_sockets` and `_server`."""

    def _running(self) -> SocketFolder:
        if self._sockets is None:
            raise RuntimeError(f"the embedded {self.title} does not run")
        return self._sockets

    def _installed(self) -> Path:
        """Find the wheel's package without importing it: they warn, write, or start servers on import."""
        spec = importlib.util.find_spec(self.wheel.replace("-", "_"))
        if spec is None or spec.origin is None:
            raise ServiceError(
                f"the embedded {self.title} is not installed: `pip install 'broadsheet[embedded]'`, "
                f"or set {self.setting} to a server of yours"
            )
        return Path(spec.origin).parent
