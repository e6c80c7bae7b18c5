"""What a kept response costs: CPU time of the server for a front page, kept and not.

    .venv/bin/python -m bench.responses [requests]

`broadsheet serve` on embedded servers, with 2,000 made-up posts, is asked for its 50 newest posts with authors and
tags, over 32 connections that are kept; without the cache, with it, and with it while a writer changes a post on the
page every 50 ms.
"""

import asyncio
import json
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import asyncpg
import psutil
from rich.console import Console
from rich.table import Table

from bench.serving import filled, served
from db.embedded import EmbeddedPostgres

CONNECTIONS = 32
FEED = "{ posts(first: 50) { nodes { id title slug publishedAt author { name username } tags { name } } } }"
BODY = json.dumps({"query": FEED}).encode()
REQUEST = (
    b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
) + BODY
NEWEST = "SELECT id FROM posts WHERE status = 'PUBLISHED' ORDER BY published_at DESC LIMIT 1"
CHANGE = f"UPDATE posts SET title = md5(random()::text) WHERE id = ({NEWEST})"


async def _ask(port: int, requests: int) -> int:
    """Send so many over one connection; answers how many were served from the cache."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    hits = 0
    for _ in range(requests):
        writer.write(REQUEST)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        hits += b"cache-status: broadsheet; hit" in head
    writer.close()
    return hits


async def _write(url: str) -> None:
    connection = await asyncpg.connect(url)
    while True:
        await connection.execute(CHANGE)
        await asyncio.sleep(0.05)


async def _postmaster(url: str) -> psutil.Process:
    connection = await asyncpg.connect(url)
    parent = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()")).parent()
    await connection.close()
    assert parent is not None
    return parent


def _spent(process: psutil.Process) -> float:
    """Seconds of CPU that it and all that it started have used so far."""
    found = 0.0
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            found += sum(one.cpu_times()[:2])
    return found


async def _opened(url: str) -> None:
    """Wait until Redis is believed."""
    connection = await asyncpg.connect(url)
    while await connection.fetchval("SELECT state FROM cache_plane") != "open":  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    await connection.close()
    await asyncio.sleep(1)


async def _measured(
    port: int, server: psutil.Process, database: psutil.Process, requests: int, writer: str | None
) -> tuple[float, float, float, float]:
    """Microseconds of CPU a request of the server and of PostgreSQL, requests a second, share of hits."""
    await asyncio.gather(*(_ask(port, 20) for _ in range(CONNECTIONS)))
    writing = None if writer is None else asyncio.create_task(_write(writer))
    before, before_others, began = sum(server.cpu_times()[:2]), _spent(database), time.perf_counter()
    hits = await asyncio.gather(*(_ask(port, requests // CONNECTIONS) for _ in range(CONNECTIONS)))
    seconds, after, after_others = time.perf_counter() - began, sum(server.cpu_times()[:2]), _spent(database)
    if writing is not None:
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
    each = 1e6 / requests
    return (after - before) * each, (after_others - before_others) * each, requests / seconds, sum(hits) / requests


def main() -> None:
    """Measure, and print a table."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 8_000
    columns = ("", "µs of CPU a request", "of PostgreSQL", "requests a second", "hits")
    table = Table(*columns, title="50 posts with authors and tags")
    with tempfile.TemporaryDirectory(prefix="broadsheet-") as folder, EmbeddedPostgres(Path(folder)) as postgres:
        url = postgres.url()
        filled(url, 2_000)
        postmaster = asyncio.run(_postmaster(url))
        rows: list[tuple[str, str | None, str | None, int]] = [("without the cache", None, None, requests // 8)]
        for plane in ("redis", "postgresql"):
            rows.append((f"kept, by {plane}", plane, None, requests))
            rows.append((f"kept, by {plane}, while one writes", plane, url, requests))
        for name, which, writes, number in rows:
            settings = {
                "BROADSHEET_CACHE": str(which is not None).lower(),
                "BROADSHEET_CACHE_PLANE": which or "postgresql",
            }
            with served(url, settings) as (port, process):
                if which == "redis":
                    asyncio.run(_opened(url))
                cpu, others, rate, hits = asyncio.run(_measured(port, process, postmaster, number, writes))
            table.add_row(name, f"{cpu:.0f}", f"{others:.0f}", f"{rate:.0f}", f"{hits:.1%}")
    Console().print(table)


if __name__ == "__main__":
    main()
