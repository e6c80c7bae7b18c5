"""A small disk of one's own, that can be filled: a file system in memory, which only root may mount."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import chown

import asyncpg

from db.embedded_account import account

SIZE = "48m"


class NotHereError(Exception):
    """This machine does not allow it; the message says why."""


@asynccontextmanager
async def moved_to_small_disk(folder: Path, connection: asyncpg.Connection) -> AsyncIterator[Path]:
    """All tables and indexes on it, inside the block.

    Raises:
        NotHereError: it cannot be mounted.

    """
    disk = folder / "small-disk"
    await asyncio.to_thread(_mount, disk)
    try:
        names = await connection.fetch(
            "SELECT relkind::text, relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind IN ('r', 'i') ORDER BY relkind DESC, relname"
        )
        await connection.execute(f"CREATE TABLESPACE small LOCATION '{disk / 'space'}'")
        try:
            await _moved(connection, names, "small")
            yield disk
        finally:
            await _moved(connection, names, "pg_default")
            # What was moved is there until a checkpoint.
            await connection.execute("CHECKPOINT")
            await connection.execute("DROP TABLESPACE small")
    finally:
        await asyncio.to_thread(subprocess.run, ["umount", "--lazy", str(disk)], check=True)


async def _moved(connection: asyncpg.Connection, names: list[asyncpg.Record], place: str) -> None:
    for kind, name in names:
        await connection.execute(f'ALTER {"TABLE" if kind == "r" else "INDEX"} "{name}" SET TABLESPACE {place}')


def _mount(disk: Path) -> None:
    user = account()
    disk.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(disk)]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except OSError as error:
        raise NotHereError(f"nothing can be mounted here: {error}") from error
    if user is None or done.returncode:
        raise NotHereError(f"only root may mount a disk that can be filled: {done.stderr.strip()}")
    (disk / "space").mkdir()
    chown(disk / "space", user, user)
