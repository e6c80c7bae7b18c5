import asyncio
import signal
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from cli.database import opened_database
from cli.processes import Front, run
from cli.servers import servers
from cli.token_key import with_token_key
from content.sample import fill_empty
from core.logs import configure_logs
from core.settings import Settings, load_settings


def serve(
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Processes that serve; SIGHUP renews them one by one.")
    ] = 1,
) -> None:
    """Serve the API, and the GraphiQL explorer for browsers, until Ctrl-C or SIGTERM.

    In development it also migrates the database, and fills an empty one with a small sample.
    """
    settings = load_settings()
    configure_logs(settings)
    console = Console()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        with servers(settings, own=True, redis=True) as settings:
            asyncio.run(_prepare(settings))
            run(with_token_key(settings), workers, Front(settings, console))
            # Whoever asks again has been heard: what was started is stopped in peace.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
    except KeyboardInterrupt:
        console.print("Stopped.")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Unwind from wherever the start has come to, so that what runs already is stopped."""
    raise KeyboardInterrupt


async def _prepare(settings: Settings) -> None:
    async with opened_database(settings) as database:
        if settings.environment == "development" and settings.sample:
            await fill_empty(database)
