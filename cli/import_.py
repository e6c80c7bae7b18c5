import asyncio
import time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from cli.database import opened_database
from cli.progress import progress
from cli.servers import servers
from content.authors import named_author
from content.importer import Importer, ImportOptions
from content.reader import Reader, ReadOptions
from content.report import ImportReport
from core.errors import SettingsError
from core.logs import configure_logs
from core.settings import Settings, load_settings

# Folders that say what lies in them, and not whose it is.
_PLAIN_NAMES = frozenset({"posts", "_posts", "content", "blog", "_drafts", "src"})


def import_(
    path: Annotated[
        Path,
        typer.Argument(
            help="The folder of a Hugo, Jekyll or Zola site, or of its posts.", exists=True, file_okay=False
        ),
    ],
    source: Annotated[
        str | None,
        typer.Option(
            help="Names the tree: at the next import its files are known by this. Default: the folder's name."
        ),
    ] = None,
    author: Annotated[
        str | None, typer.Option(help="The author of posts that name none. Default: the source's name.")
    ] = None,
    authors: Annotated[
        Path | None,
        typer.Option(
            help="The registry of authors. Default: _data/authors.yml and the like, where there is one.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    zone: Annotated[str, typer.Option(help="The time zone of dates that name none, such as Europe/Berlin.")] = "UTC",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")] = False,
    report: Annotated[Path | None, typer.Option(help="A file for the lines of the report.", dir_okay=False)] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with status 1 if a file could not be taken.")] = False,
) -> None:
    """Take in a tree of Markdown files. Run it again after changes: what did not change writes nothing."""
    settings = load_settings()
    configure_logs(settings)
    name = source or _source_name(path)
    options = ImportOptions(name, named_author(author or name), dry_run)
    reader = Reader(path, ReadOptions(zone=_zone(zone), registry=authors))
    console = Console()
    started = time.perf_counter()
    with servers(settings) as settings:
        found = asyncio.run(_run(settings, reader, options, console))
    _tell(console, found, time.perf_counter() - started, report, dry_run=dry_run)
    if strict and found.failures:
        raise typer.Exit(1)


async def _run(settings: Settings, reader: Reader, options: ImportOptions, console: Console) -> ImportReport:
    async with opened_database(settings) as database:
        with progress(console) as bar:
            task = bar.add_task(f"Importing {options.source}", total=len(reader.paths))
            return await Importer(database, reader, options).run(lambda _path: bar.advance(task))


def _tell(console: Console, found: ImportReport, seconds: float, file: Path | None, *, dry_run: bool) -> None:
    lines = list(found.lines())
    if file is not None:
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    else:
        for line in lines:
            console.print(escape(line), highlight=False, soft_wrap=True)
    console.print("What would happen:" if dry_run else f"Imported in {seconds:.1f} s:", highlight=False)
    table = Table.grid("", Column(justify="right"), padding=(0, 2))
    for label, number in (
        ("posts new", found.created),
        ("posts updated", found.updated),
        ("files unchanged", found.unchanged),
        ("files left out (see the notes)", found.left_out),
        ("files that failed", len(found.failures)),
        ("authors new", found.authors),
        ("co-authors of these posts", found.coauthors),
        ("tags new", found.tags),
        ("notes", len(found.notes)),
    ):
        table.add_row(label, str(number))
    console.print(table)
    if file is not None:
        console.print(f"The report is in {file}.")


def _source_name(path: Path) -> str:
    parts = [part for part in path.resolve().parts if part not in _PLAIN_NAMES and part != path.anchor]
    return parts[-1] if parts else "import"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(
            f"--zone {name}: there is no such time zone; write UTC or Europe/Berlin, for example"
        ) from None
