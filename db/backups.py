"""Backups by PostgreSQL's own programs: `pg_dump` and `pg_restore`, of the embedded server or of this machine.

A dump is one file, of one moment, in PostgreSQL's custom format, so any `pg_restore` of the same or a later version
reads it, and nothing but PostgreSQL is needed to bring a blog back.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from core.errors import ServiceError
from db.embedded import PROGRAMS, EmbeddedPostgres

_TABLE = re.compile(rb"COPY (?:public\.)?(\S+) \(.*\) FROM stdin;\n")
_LOUD = re.compile(r"pg_dump: dumping contents|pg_restore: (?:creating|processing data)")
_WHOLE = ["--no-owner", "--no-privileges"]
"""The database that it is restored into may have other accounts."""


def dump(url: str, path: Path, on_step: Callable[[], None]) -> dict[str, int]:
    """Write a dump to `path`, which appears when it is whole and was read to its end.

    Args:
        url: of the database; it is read in one snapshot, and others write meanwhile.
        path: must not exist.
        on_step: called for each table.

    Returns:
        The numbers of rows in it, by table.

    Raises:
        ServiceError: no `pg_dump`, or it failed; or the file is there, or cannot be written.

    """
    if path.exists():
        raise ServiceError(f"{path} is there already: name another file")
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        # Passwords, as hashes, and e-mail addresses: for its owner's eyes alone.
        os.close(os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        _run(["pg_dump", "--format=custom", *_WHOLE, "--verbose", f"--file={unfinished}"], url, on_step)
        rows = dict(rows_of(unfinished))
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        os.link(unfinished, path)
    except OSError as error:
        raise ServiceError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return rows


def restore(url: str, path: Path, on_step: Callable[[], None]) -> None:
    """Bring what a dump has into an empty database: all of it, or nothing.

    Raises:
        ServiceError: no `pg_restore`, or it failed.

    """
    command = ["pg_restore", *_WHOLE, "--single-transaction", "--exit-on-error", "--verbose", str(path)]
    _run(command, url, on_step)


def steps_of(path: Path) -> int:
    """How many steps `restore` will take.

    Raises:
        ServiceError: it is no dump, or cannot be read.

    """
    listed = _output(["pg_restore", "--list", str(path)])
    return sum(1 for line in listed if line.strip() and not line.startswith(b";"))


def rows_of(path: Path) -> Iterator[tuple[str, int]]:
    """Each table in a dump, with the number of its rows: all of the file is read.

    Raises:
        ServiceError: it is no dump, or not whole.

    """
    table, rows = "", 0
    for line in _output(["pg_restore", "--data-only", "--file=-", str(path)]):
        if table and line == b"\\.\n":
            yield table, rows
            table = ""
        elif table:
            rows += 1
        elif found := _TABLE.fullmatch(line):
            table, rows = found[1].decode().strip('"'), 0


def _program(name: str) -> str:
    """That of the embedded server, which is a late version; else the one that is installed."""
    spec = importlib.util.find_spec(EmbeddedPostgres.wheel.replace("-", "_"))
    if spec is not None and spec.origin is not None and (own := Path(spec.origin).parent / PROGRAMS / name).exists():
        return str(own)
    found = shutil.which(name)
    if found is None:
        raise ServiceError(
            f"there is no {name}: install PostgreSQL's client programs, in the server's version or a later one, "
            "or run it where the server is (docs/operations.md)"
        )
    return found


def _environment(url: str) -> tuple[str, dict[str, str]]:
    """The URL without its password, and the environment with it: others on the machine may read arguments."""
    parts = urlsplit(url)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    if parts.password is None:
        return url, kept
    host = parts.netloc.rpartition("@")[2]
    user = (parts.netloc.rpartition("@")[0]).partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{user}@{host}")), kept | {"PGPASSWORD": unquote(parts.password)}


def _run(command: list[str], url: str, on_step: Callable[[], None]) -> None:
    shown, environment = _environment(url)
    name, *arguments = command
    said: list[str] = []
    with subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
        [_program(name), f"--dbname={shown}", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment | {"LC_ALL": "C"},
        text=True,
        errors="replace",
    ) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if _LOUD.match(line):
                    on_step()
                said = [*said[-4:], line.strip()]
        except BaseException:
            process.terminate()
            raise
    _succeeded(name, process.returncode, said)


def _output(command: list[str]) -> Iterator[bytes]:
    name, *arguments = command
    with subprocess.Popen(  # noqa: S603 - as above
        [_program(name), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"LC_ALL": "C"},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        yield from process.stdout
        said = process.stderr.read().decode(errors="replace").splitlines()
    _succeeded(name, process.returncode, said)


def _succeeded(name: str, status: int, said: list[str]) -> None:
    if status:
        raise ServiceError("\n".join([f"{name} failed:", *said[-5:]]))
