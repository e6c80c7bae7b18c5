"""PostgreSQL refuses to run as root: the account it gets then, and folders which that account can reach."""

import fcntl
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import ServiceError
from core.processes import run_program

ACCOUNT = "broadsheet"
STATE = Path("/var/lib/broadsheet")


def account() -> str | None:
    """Name of the account to run PostgreSQL under, made when missing; None where we are not root.

    An account of its own: with `nobody` or `postgres`, other services could read the data.
    Raises ServiceError where it cannot be made.
    """
    if os.geteuid() != 0:
        return None
    with _one_by_one():
        try:
            pwd.getpwnam(ACCOUNT)
        except KeyError:
            if _useradd() != 0:
                raise ServiceError(
                    f"PostgreSQL does not run as root, and the account {ACCOUNT!r} for it cannot be made: "
                    "start as an ordinary user, or set DATABASE_URL to a server of yours"
                ) from None
    return ACCOUNT


def data_folder(wanted: Path, user: str | None) -> Path:
    """Return an existing folder for the data, of mode 0700 and owned by `user`.

    Root's folders are often closed to all others, and opening them is not ours to do: the data goes below
    /var/lib/broadsheet then, and `wanted` becomes a link to it.
    Raises ServiceError where data exists in a folder that was closed since.
    """
    folder = wanted.resolve()
    if user is not None and not _open_to_others(folder.parent):
        if folder.is_dir():
            raise ServiceError(
                f"the account {user!r}, under which PostgreSQL runs, cannot reach {folder}: "
                f"let it pass with `chmod o+x` on the folders above, or set BROADSHEET_DATA_DIR"
            )
        STATE.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="data-", dir=STATE))
        wanted.symlink_to(folder)  # whoever removes the link begins anew
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if user is not None:
        shutil.chown(folder, user, user)
    return folder


def program_folder(package: Path, version: str, user: str | None) -> Path:
    """Return a folder like the wheel's `package` from which `user` can run programs: itself, or a copy of it.

    A copy is kept per `version` below /var/lib/broadsheet (about 75 MB).
    """
    if user is None or _open_to_others(package):
        return package
    copy = STATE / f"programs-{version}"
    with _one_by_one():
        if not copy.exists():
            half = STATE / f"{copy.name}.{os.getpid()}"
            # The wheel's shared libraries lie beside its package, and its programs find them from there.
            for folder in (package, package.with_name(f"{package.name}.libs")):
                if folder.exists():
                    shutil.copytree(folder, half / folder.name, symlinks=True)
            for path in [half, *half.rglob("*")]:
                if not path.is_symlink():
                    path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
            half.rename(copy)  # whole or not at all
    return copy / package.name


@contextmanager
def _one_by_one() -> Iterator[None]:
    """Keep other processes from making the same meanwhile, as tests do that start servers side by side."""
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / "making.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _open_to_others(folder: Path) -> bool:
    """Whether any account may pass through `folder` and all above it; folders still to be made will be."""
    existing = (path for path in (folder, *folder.parents) if path.exists())
    return all(path.stat().st_mode & stat.S_IXOTH for path in existing)


def _useradd() -> int:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        return 1
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    return run_program([program, *options, "--shell", "/usr/sbin/nologin", ACCOUNT]).returncode
