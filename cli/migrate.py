import asyncio
from typing import Annotated

import typer
from rich.console import Console

from cli.servers import direct_url, servers
from core.logs import configure_logs
from core.settings import load_settings
from db.migrate import downgrade, head, serves, upgrade


def migrate(
    revision: Annotated[
        str, typer.Argument(help="The revision to come to: `head` is this version's, `base` is before the first.")
    ] = "head",
    down: Annotated[
        bool, typer.Option("--down", help="Go back to the revision; tables and their rows are lost.")
    ] = False,
) -> None:
    """Bring the database to the schema of this version; one process does it, others wait."""
    settings = load_settings()
    configure_logs(settings)
    with servers(settings) as settings:
        run = downgrade if down else upgrade
        before, after = asyncio.run(run(settings, direct_url(settings), revision))
    said = "is at" if before == after else f"went from {before or 'nothing'} to"
    newest = " (the newest)" if after == head() else ""
    if after != head() and serves(after):
        newest = ", a later version's, and was left there"
    Console().print(f"The database {said} revision {after or 'nothing'}{newest}.")
