"""Broadsheet's databases beside the benchmark's: one that is filled once, and the copy of it that a server gets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from core.settings import Settings
from db.migrate import upgrade

from .copying import copy_all

_ROOT = Path(__file__).resolve().parent.parent.parent
_MAKES_ROWS = ("bench/peers/*.py", "core/html.py", "core/markdown.py", "db/migrations/versions/*.py")
"""The code by which the rows of the same data may come out otherwise."""

_TABLES = ("users", "posts", "tags", "post_tags", "comments")


async def renew(settings: Settings, source_url: str, target_url: str) -> None:
    """Make the target's database anew, with what the source's holds.

    What it holds is remembered as a template, so that the same data are copied as files the next time.
    """
    target, template = _name(target_url), f"{_name(target_url)}_template"
    async with _connected(source_url) as source:
        wanted = await _digest(source)
        if await _comment(source, template) != wanted:
            template_url = urlunsplit(urlsplit(target_url)._replace(path=f"/{template}"))
            await _drop(source, template)
            await source.execute(f'CREATE DATABASE "{template}"')
            await upgrade(settings, template_url)
            async with _connected(template_url) as filled:
                await copy_all(source, filled)
            # Last of all: a template that was not filled to its end has none.
            await source.execute(f"COMMENT ON DATABASE \"{template}\" IS '{wanted}'")
        await _drop(source, target)
        await source.execute(f'CREATE DATABASE "{target}" TEMPLATE "{template}" STRATEGY file_copy')


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url, server_settings={"timezone": "UTC", "statement_timeout": "0"})
    try:
        yield connection
    finally:
        await connection.close()


async def _digest(source: asyncpg.Connection) -> str:
    """Of all rows of the source, whatever their order, and of the code that makes ours of them."""
    digest = sha256()
    for pattern in _MAKES_ROWS:
        for path in sorted(_ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    for table in _TABLES:
        digest.update(
            str(
                await source.fetchrow(
                    f"SELECT count(*), sum(hashtextextended(t::text, 0)::numeric)::text FROM {table} t"
                )
            ).encode()
        )
    return digest.hexdigest()


async def _comment(connection: asyncpg.Connection, database: str) -> str | None:
    found = await connection.fetchval(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1", database
    )
    return None if found is None else str(found)


async def _drop(connection: asyncpg.Connection, database: str) -> None:
    await connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")
