"""What it costs to be told, and to ask: an invalidation against the number of entries, and looks for each hit.

    .venv/bin/python -m bench.invalidation

Both ways of asking, over embedded servers, in one process; clients speak to the application directly.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from redis.asyncio import Redis
from rich.console import Console
from rich.table import Table

from cache.embedded import EmbeddedRedis
from core.settings import load_settings
from db.embedded import EmbeddedPostgres
from db.migrate import upgrade
from db.writes.purge import purge
from server.app import Application, create_app

KEY = "bench:0123456789abcdefghijklmnopqrstuvwxyz"
CLIENTS = 32
HITS = 6_400
ROUNDS = 200


async def _ask(http: httpx.AsyncClient, number: int) -> None:
    query = f'{{ tag(slug: "{number}") {{ name }} }}'
    response = await http.post("/graphql", json={"query": query})
    response.raise_for_status()


async def _invalidations(app: Application, http: httpx.AsyncClient, first: int, last: int) -> float:
    """Milliseconds of CPU for one, when so many entries are kept."""
    for number in range(first, last):
        await _ask(http, number)
    database = app.fastapi.state.broadsheet.services.database
    began = time.process_time()
    for _ in range(ROUNDS):
        await database.transact(lambda session: purge(session, ["post:1"]))
        await _ask(http, 0)  # so that it is heard of
    return (time.process_time() - began) / ROUNDS * 1e3


async def _hits(app: Application, http: httpx.AsyncClient, redis: Redis) -> tuple[float, float]:
    """Looks at PostgreSQL, and bytes of Redis, for each of many hits."""
    assert app.endpoint.responses is not None
    clock = app.endpoint.responses.planes.clock
    looks, before = clock.looks, await _bytes(redis)

    async def client() -> None:
        for _ in range(HITS // CLIENTS):
            await _ask(http, 0)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return (clock.looks - looks) / HITS, (await _bytes(redis) - before) / HITS


async def _bytes(redis: Redis) -> int:
    found: dict[str, Any] = await redis.info("stats")
    return int(found["total_net_input_bytes"]) + int(found["total_net_output_bytes"])


async def _row(plane: str, url: str, redis_url: str) -> list[str]:
    rates = {f"rate{who}{kind}": 10**9 for who in ("", "_anonymous") for kind in ("", "_burst")}
    given = {"database_url": url, "redis_url": redis_url, "token_keys": KEY, "cache_plane": plane, **rates}
    app = create_app(load_settings(**given))
    async with app.fastapi.router.lifespan_context(app.fastapi), Redis.from_url(redis_url) as redis:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bench") as http:
            if plane == "redis":
                await _opened(url)
            sizes = (100, 1_000, 10_000)
            costs = [
                await _invalidations(app, http, first, last) for first, last in zip((0, *sizes), sizes, strict=False)
            ]
            looks, size = await _hits(app, http, redis)
    return [plane, *(f"{cost:.2f}" for cost in costs), f"{looks:.3f}", f"{size:.0f}"]


async def _opened(url: str) -> None:
    connection = await asyncpg.connect(url)
    while await connection.fetchval("SELECT state FROM cache_plane") != "open":  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    await connection.close()
    await asyncio.sleep(1)


def main() -> None:
    """Measure, and print a table."""
    columns = (
        "asked",
        "ms of CPU with 100 entries",
        "1,000",
        "10,000",
        "looks at PostgreSQL a hit",
        "bytes of Redis a hit",
    )
    table = Table(*columns, title="An invalidation and the read after it; and hits of 32 clients")
    with tempfile.TemporaryDirectory(prefix="broadsheet-") as folder:
        path = Path(folder)
        path.chmod(0o755)
        with EmbeddedPostgres(path) as postgres, EmbeddedRedis(path) as redis:
            asyncio.run(upgrade(load_settings(), postgres.url()))
            for plane in ("postgresql", "redis"):
                table.add_row(*asyncio.run(_row(plane, postgres.url(), redis.url())))
    Console().print(table)


if __name__ == "__main__":
    main()
