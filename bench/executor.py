"""What executing the feed costs: CPU µs of 50 posts with author and tags, by graphql-core and by compiled plans.

    .venv/bin/python -m bench.executor [times] [profile]

Once with every statement answered from memory, once over PostgreSQL. JSON included, HTTP not.
"""

import asyncio
import cProfile
import pstats
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import orjson
import uvloop
from rich.console import Console
from rich.table import Table

from cache.client import connect
from cache.rates import Rates
from core.collector import spare_what_stays
from core.settings import Settings, load_settings
from core.viewer import ANONYMOUS
from db.connections import Connections
from db.database import Database
from db.embedded import EmbeddedPostgres
from db.migrate import upgrade
from db.seed.load import seed_database
from db.seed.plan import SeedPlan
from gql.context import Caller, Context, Services
from gql.documents.prepare import Preparer
from gql.limits.limits import Limits
from gql.operations import Operations
from gql.schema import build_schema

FEED = "{ posts(first: 50) { nodes { id title slug publishedAt author { name username } tags { name } } } }"


def _remembered() -> Callable[..., Awaitable[list[Any]]]:
    """Answers each statement from memory, once PostgreSQL has answered it."""
    fetch, known = Connections.fetch, dict[str, list[Any]]()

    async def fetch_once(own: Connections, sql: str, arguments: list[Any], **options: Any) -> list[Any]:
        key = f"{sql} {arguments}"
        if key not in known:
            known[key] = await fetch(own, sql, arguments, **options)
        return [*known[key]]

    return fetch_once


class Bench:
    """One schema, asked for the feed."""

    def __init__(self, settings: Settings, database: Database, executor: str) -> None:
        schema = build_schema()
        self._services = Services.of(settings, database, Rates(connect(settings), settings))
        self._operations = Operations(schema, settings.model_copy(update={"executor": executor}), suggest=False)
        preparer = Preparer(schema._schema, Limits.of(settings), suggest=False, introspection=True)  # noqa: SLF001
        self._document = preparer.prepare(FEED)

    async def ask(self) -> None:
        """Once."""
        context = Context(self._services, ANONYMOUS, Caller("127.0.0.1"), "bench")
        document = self._document
        answer = await self._operations.run(document, document.operation(None), {}, context)
        context.close()
        assert b"errors" not in orjson.dumps(answer.body)


async def _measured(ask: Callable[[], Awaitable[None]], times: int) -> float:
    for _ in range(times // 5):
        await ask()
    spare_what_stays()
    began = time.process_time()
    for _ in range(times):
        await ask()
    return (time.process_time() - began) / times * 1e6


async def _measure(settings: Settings, url: str, times: int, *, profiled: bool) -> list[tuple[str, float, float]]:
    database, found = Database(settings, url), []
    try:
        for executor in ("graphql-core", "compiled"):
            bench = Bench(settings, database, executor)
            with patch.object(Connections, "fetch", _remembered()):
                in_memory = await _measured(bench.ask, times)
            found.append((executor, in_memory, await _measured(bench.ask, times)))
        if profiled:
            with cProfile.Profile(time.process_time) as profile:
                await _measured(bench.ask, times)
            pstats.Stats(profile).sort_stats("tottime").print_stats(45)
    finally:
        await database.close()
    return found


def main() -> None:
    """Measure, and print a table."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory(prefix="broadsheet-") as folder, EmbeddedPostgres(Path(folder)) as postgres:
        url = postgres.url()
        settings = load_settings(
            database_url=url, redis_url="redis://nowhere", token_keys="benchmark:0123456789abcdef0123456789abcdef"
        )
        asyncio.run(upgrade(settings, url))
        asyncio.run(seed_database(url, SeedPlan(posts=2_000)))
        found = uvloop.run(_measure(settings, url, times, profiled="profile" in sys.argv))
    table = Table("", "in memory", "over PostgreSQL", title="µs of CPU for 50 posts with authors and tags")
    for name, in_memory, stored in found:
        table.add_row(name, f"{in_memory:.0f}", f"{stored:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
