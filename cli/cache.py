"""The responses that are kept: how many there are, and letting go of them."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cache.client import answers, connect
from cache.entries import Entries
from cli.database import opened_database
from cli.servers import servers
from core.logs import configure_logs
from core.settings import Settings, load_settings
from db.changes import count_changes
from db.database import WriteSession
from db.writes.purge import purge as purge_tags
from server.responses.surrogates import names_to_purge

cache = typer.Typer(help="The responses that are kept.", no_args_is_help=True)


@cache.command()
def show() -> None:
    """Tell how many responses Redis keeps, and how many changes are remembered."""
    settings = load_settings()
    configure_logs(settings)
    with servers(settings, redis=True) as settings:
        Console().print(asyncio.run(_shown(settings)))


@cache.command()
def purge(
    tags: Annotated[list[str] | None, typer.Argument(help="Tags as in docs/caching.md. Default: everything.")] = None,
) -> None:
    """Let kept responses be read anew, in every process; nothing else changes."""
    settings = load_settings()
    configure_logs(settings)
    with servers(settings) as settings:
        asyncio.run(_purge(settings, tags or []))
    Console().print(f"{', '.join(tags) if tags else 'Everything'} will be read anew.", highlight=False)


@cache.command()
def names(tags: Annotated[list[str], typer.Argument(help="Tags as in docs/caching.md.")]) -> None:
    """Print what to purge of a CDN when these tags were touched, a name a line."""
    for name in names_to_purge(tags):
        print(name)  # noqa: T201 - as it is, for scripts


async def _shown(settings: Settings) -> Table:
    redis = connect(settings)
    try:
        kept = await Entries(redis, settings.cache_lifetime).count() if await answers(redis) else None
    finally:
        await redis.aclose()
    async with opened_database(settings) as database:
        changes = await count_changes(database.read())
    table = Table("", "", show_header=False)
    table.add_row("the cache is", "on" if settings.cache else "off")
    table.add_row("responses in Redis", "Redis is out of reach" if kept is None else f"{kept:,}")
    table.add_row("changes remembered", f"{changes:,}")
    return table


async def _purge(settings: Settings, tags: list[str]) -> None:
    async def work(session: WriteSession) -> None:
        await purge_tags(session, tags)

    async with opened_database(settings) as database:
        await database.transact(work)
