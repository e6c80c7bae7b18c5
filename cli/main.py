"""The command line: `broadsheet COMMAND`."""

import sys

import typer
from rich.console import Console

from cli.admin import admin
from cli.backup import after_restore, backup, restore
from cli.bench import bench
from cli.cache import cache
from cli.export import export
from cli.import_ import import_
from cli.migrate import migrate
from cli.paths import paths
from cli.schema import schema
from cli.seed import seed
from cli.serve import serve
from cli.sizing import sizing
from cli.token_key import token_key
from core.errors import BroadsheetError

app = typer.Typer(
    name="broadsheet",
    help="A self-hosted GraphQL publishing backend. "
    "Without DATABASE_URL and REDIS_URL it runs its own PostgreSQL and Redis in the folder .broadsheet.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve)
app.command()(migrate)
app.command()(seed)
app.command("import")(import_)
app.command()(export)
app.command()(backup)
app.command()(restore)
app.command("after-restore")(after_restore)
app.command("token-key")(token_key)
app.command()(sizing)
app.command()(schema)
app.command()(paths)
app.command()(bench)
app.add_typer(admin, name="admin")
app.add_typer(cache, name="cache")


def main() -> None:
    """Run a command; an error that was meant to be read is one or a few lines, and exit status 1."""
    try:
        app()
    except BroadsheetError as error:
        Console(stderr=True).print(f"[bold red]error[/]: {_escaped(error)}", highlight=False, soft_wrap=True)
        sys.exit(1)


def _escaped(error: BroadsheetError) -> str:
    return str(error).replace("[", r"\[")
