"""Backups: writing one, bringing it back, and what is to be done after a restore by other means."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from cli.database import opened_database
from cli.progress import progress
from cli.servers import database_url, servers
from core.errors import ServiceError
from core.logs import configure_logs
from core.settings import Settings, load_settings
from db import backups
from db.database import Database
from db.migrate import head, serves
from db.renewal import renew
from db.row_counts import row_counts, tables
from db.schema_version import current_revision

SHOWN = ("users", "posts", "comments", "tags")
LONG = 86_400.0
"""Seconds: counting rows, and renewing, may take longer than a request."""


def backup(
    path: Annotated[Path, typer.Argument(help="A file that is not there yet, such as `blog.dump`.", dir_okay=False)],
) -> None:
    """Write the whole database, as it is at one moment, to a file, and read the file to its end.

    Others read and write meanwhile. It is done by `pg_dump`; Redis has nothing that must be kept.
    """
    settings = load_settings()
    configure_logs(settings)
    console = Console()
    with servers(settings) as settings, progress(console) as bar:
        found = asyncio.run(_tables(settings))
        if not found:
            raise ServiceError("the database is empty: DATABASE_URL or BROADSHEET_DATA_DIR may lead to another one")
        task = bar.add_task("Tables", total=len(found))
        rows = backups.dump(database_url(settings), path, lambda: bar.advance(task))
    console.print(_summary(rows))
    size = path.stat().st_size / 1_000_000
    console.print(f"{path} has all of it ({size:,.1f} MB), and can be read to its end.", highlight=False)


def restore(
    path: Annotated[Path, typer.Argument(help="What `broadsheet backup` wrote.", exists=True, dir_okay=False)],
) -> None:
    """Bring a backup into an empty database, all of it or nothing, and see that each row is there.

    It is done by `pg_restore`. What others remember of the time that is lost, kept responses and ids, is renewed.
    """
    settings = load_settings()
    configure_logs(settings)
    console = Console()
    with servers(settings) as settings:
        url = database_url(settings)
        if asyncio.run(_tables(settings)):
            raise ServiceError("the database is not empty: make another one, restore into that, and have it served")
        steps = backups.steps_of(path)
        with progress(console) as bar:
            task = bar.add_task("Steps", total=steps)
            backups.restore(url, path, lambda: bar.advance(task))
            bar.update(task, completed=steps)
        said = asyncio.run(_checked(settings, dict(backups.rows_of(path))))
    console.print(_summary(said[1]))
    console.print(f"All rows of {path} are there. {said[0]}", highlight=False)


def after_restore() -> None:
    """Have nothing believed that was kept of the time that is lost, after a restore by other means.

    For `pg_restore`, a base backup, or a snapshot of a disk; `broadsheet restore` does it by itself. Ids of new rows
    go on from far beyond, so that none is given again.
    """
    settings = load_settings()
    configure_logs(settings)
    with servers(settings) as settings:
        asyncio.run(_renewed(settings))
    Console().print("Responses are read anew, events go on from a gap, and ids from far beyond.")


async def _tables(settings: Settings) -> list[str]:
    database = _database(settings)
    try:
        return await tables(database.read())
    finally:
        await database.close()


async def _checked(settings: Settings, rows: Mapping[str, int]) -> tuple[str, Mapping[str, int]]:
    database = _database(settings)
    try:
        found = await row_counts(database.read())
        if found != rows:
            differ = sorted(name for name in found.keys() | rows.keys() if found.get(name) != rows.get(name))
            raise ServiceError(f"not all is there that the file has, or others write already: see {', '.join(differ)}")
        revision = await current_revision(database.read())
        await database.transact(renew)
    finally:
        await database.close()
    if revision == head():
        return "The database is at this version's schema.", rows
    if serves(revision):
        return "It is of a later version of Broadsheet: use that.", rows
    return "It is of an earlier version: run `broadsheet migrate`.", rows


async def _renewed(settings: Settings) -> None:
    async with opened_database(settings.model_copy(update={"statement_timeout": LONG})) as database:
        await database.transact(renew)


def _database(settings: Settings) -> Database:
    return Database(settings.model_copy(update={"statement_timeout": LONG}), database_url(settings))


def _summary(rows: Mapping[str, int]) -> Table:
    table = Table("table", Column("rows", justify="right"))
    for name in SHOWN:
        if name in rows:
            table.add_row(name, f"{rows[name]:,}")
    table.add_row("all", f"{sum(rows.values()):,}")
    return table
