import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.database import opened_database
from cli.progress import progress
from cli.servers import servers
from content.exporter import ExportReport, export_tree
from core.logs import configure_logs
from core.settings import Settings, load_settings


def export(
    path: Annotated[Path, typer.Argument(help="A new or empty folder.", file_okay=False)],
) -> None:
    """Write all posts and their authors as a tree of Markdown that `broadsheet import` takes in again.

    Accounts and comments stay behind: they have no place in such a tree.
    """
    settings = load_settings()
    configure_logs(settings)
    console = Console()
    with servers(settings) as settings:
        done = asyncio.run(_run(settings, path, console))
    console.print(f"{done.posts} posts and {done.authors} authors are in {path}; comments and accounts stayed behind.")


async def _run(settings: Settings, path: Path, console: Console) -> ExportReport:
    async with opened_database(settings) as database:
        with progress(console) as bar:
            task = bar.add_task("Exporting", total=None)
            return await export_tree(
                database,
                path,
                lambda number: bar.update(task, total=number),
                lambda _path: bar.advance(task),
            )
