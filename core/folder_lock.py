"""One Broadsheet per folder: a lock that ends when its last holder does, however that happens."""

import fcntl
import os
import time
from pathlib import Path

from core.errors import ServiceError


class FolderLock:
    """An exclusive flock(2) on a file that names its holder.

    The lock belongs to the open file: a server that inherits `descriptor` keeps it, so the folder counts as
    taken until we *and* that server have ended. Not for network file systems that lock nothing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def descriptor(self) -> int:
        """File descriptor of the lock, for a child to inherit."""
        if self._descriptor is None:
            raise RuntimeError(f"{self._path} is not locked")
        return self._descriptor

    def acquire(self, *, patience: float = 20.0) -> None:
        """Take the lock, or raise ServiceError at once where another Broadsheet has it.

        A server whose Broadsheet is dead (kill -9) is ending by itself: it gets `patience` seconds.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ServiceError(
                f"the data folder cannot be written: {error}; set BROADSHEET_DATA_DIR to a folder of your own"
            ) from error
        try:
            self._wait(descriptor, patience)
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def _wait(self, descriptor: int, patience: float) -> None:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(descriptor, 20, 0).decode()
                if _lives(holder) or time.monotonic() > deadline:
                    raise ServiceError(
                        f"another Broadsheet (process {holder or 'unknown'}) runs on the folder "
                        f"{self._path.parent}: stop it, or set BROADSHEET_DATA_DIR to another folder"
                    ) from None
                time.sleep(0.05)
            else:
                return

    def release(self) -> None:
        """Let go. Idempotent; the file stays, for removing it would race with the next holder."""
        if self._descriptor is not None:
            os.truncate(self._descriptor, 0)  # a child of a server may have the lock a moment longer than we
            os.close(self._descriptor)
            self._descriptor = None


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
