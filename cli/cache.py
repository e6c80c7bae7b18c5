"""The responses that are kept: how many there are, and letting go of them."""

import asyncio
from typing import Annotated

import typer
from redis.asyncio import Redis
from rich.console import Console
from rich.table import Table

from cache.client import answers, connect
from cache.control import ControlPlane
from cache.entries import Entries
from cache.tallies import Tallies
from cli.database import opened_database
from cli.servers import servers
from core.logs import configure_logs
from core.settings import Settings, load_settings
from db.changes import count_changes
from db.database import WriteSession
from db.plane import Look, look
from db.writes.purge import purge as purge_tags
from server.responses.surrogates import names_to_purge

cache = typer.Typer(help="The responses that are kept.", no_args_is_help=True)


@cache.command()
def show() -> None:
    """Tell what is kept, how often it is found, and by whose word it is believed."""
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
    table = Table("", "", show_header=False)
    table.add_row("the cache is", "on" if settings.cache else "off")
    async with opened_database(settings) as database:
        seen = await look(database, None)
        changes = await count_changes(database.read())
    table.add_row("is asked what was changed", settings.cache_plane)
    table.add_row("changes remembered", f"{changes:,}")
    redis = connect(settings)
    try:
        if await answers(redis):
            await _add_redis(table, redis, settings, seen)
        else:
            table.add_row("responses in Redis", "Redis is out of reach")
    finally:
        await redis.aclose()
    return table


async def _add_redis(table: Table, redis: Redis, settings: Settings, seen: Look) -> None:
    entries, counts = Entries(redis, settings.cache_lifetime), await Tallies(redis).today(seen.site)
    table.add_row("responses in Redis", f"{await entries.count(f'{seen.site}/{seen.life}'):,}")
    hits, misses, joined = (counts.get(name, 0) for name in ("hits", "misses", "joined"))
    total = hits + misses + joined
    told = f"{hits:,} hits, {joined:,} waited for another's answer, {misses:,} misses" if total else "none"
    table.add_row("requests today", told)
    if total:
        table.add_row("hit ratio", f"{hits / total:.1%}")
    if settings.cache_plane == "postgresql":
        return
    table.add_row("Redis is believed", "yes" if seen.plane.state == "open" else f"no: {seen.plane.state}")
    if seen.plane.state == "open":
        control = ControlPlane(redis, settings.redis_connect_timeout)
        found = await control.sync(seen.plane.epoch, 0)
        await control.close()
        table.add_row("epoch", seen.plane.epoch)
        table.add_row("clock", f"{found.clock:,}")
        table.add_row("tags with a stamp", f"{len(found.stamps):,}")
        table.add_row("tags about to be touched", f"{len(found.pending):,}")


async def _purge(settings: Settings, tags: list[str]) -> None:
    async def work(session: WriteSession) -> None:
        await purge_tags(session, tags)

    async with opened_database(settings) as database:
        await database.transact(work)
