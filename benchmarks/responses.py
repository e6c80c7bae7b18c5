"""What a kept response costs: CPU time of the server for a front page, kept and not.

    .venv/bin/python -m benchmarks.responses [requests]

`broadsheet serve` on embedded servers, with 2,000 made-up posts, is asked for its 50 newest posts with authors and
tags, over 32 connections that are kept; without the cache, with it, and with it while a writer changes a post on the
page every 50 ms.
"""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg
import psutil
from rich.console import Console
from rich.table import Table

from db.embedded import EmbeddedPostgres

CONNECTIONS = 32
COMMAND = Path(sys.executable).parent / "broadsheet"
FEED = "{ posts(first: 50) { nodes { id title slug publishedAt author { name username } tags { name } } } }"
BODY = json.dumps({"query": FEED}).encode()
REQUEST = (
    b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
) + BODY
NEWEST = "SELECT id FROM posts WHERE status = 'PUBLISHED' ORDER BY published_at DESC LIMIT 1"
CHANGE = f"UPDATE posts SET title = title || '.' WHERE id = ({NEWEST})"


@contextmanager
def _served(url: str, *, cache: bool) -> Iterator[tuple[int, psutil.Process]]:
    environment = {
        **os.environ,
        "PORT": "0",
        "DATABASE_URL": url,
        "BROADSHEET_DATA_DIR": tempfile.mkdtemp(prefix="broadsheet-"),
        "BROADSHEET_CACHE": str(cache).lower(),
        "BROADSHEET_RATE_ANONYMOUS": "1000000",
        "BROADSHEET_RATE_ANONYMOUS_BURST": "1000000",
    }
    process = subprocess.Popen([COMMAND, "serve"], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        found = next(match for line in process.stdout if (match := re.search(r"http://\S+:(\d+)/graphql", line)))
        yield int(found[1]), psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


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


async def _measured(
    port: int, process: psutil.Process, requests: int, writer: str | None
) -> tuple[float, float, float]:
    """Microseconds of CPU a request, requests a second, share of hits."""
    await asyncio.gather(*(_ask(port, 20) for _ in range(CONNECTIONS)))
    writing = None if writer is None else asyncio.create_task(_write(writer))
    times, began = process.cpu_times(), time.perf_counter()
    hits = await asyncio.gather(*(_ask(port, requests // CONNECTIONS) for _ in range(CONNECTIONS)))
    seconds, after = time.perf_counter() - began, process.cpu_times()
    if writing is not None:
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
    spent = after.user + after.system - times.user - times.system
    return spent / requests * 1e6, requests / seconds, sum(hits) / requests


def main() -> None:
    """Measure, and print a table."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 8_000
    table = Table("", "µs of CPU a request", "requests a second", "hits", title="50 posts with authors and tags")
    with tempfile.TemporaryDirectory(prefix="broadsheet-") as folder, EmbeddedPostgres(Path(folder)) as postgres:
        url = postgres.url()
        environment = {**os.environ, "DATABASE_URL": url}
        subprocess.run([COMMAND, "migrate"], env=environment, check=True, capture_output=True)
        subprocess.run([COMMAND, "seed", "--posts", "2000"], env=environment, check=True, capture_output=True)
        rows = (("without the cache", False, None, requests // 8), ("kept", True, None, requests))
        for name, cache, writes, number in (*rows, ("kept, while one writes", True, url, requests)):
            with _served(url, cache=cache) as (port, process):
                cpu, rate, hits = asyncio.run(_measured(port, process, number, writes))
            table.add_row(name, f"{cpu:.0f}", f"{rate:.0f}", f"{hits:.1%}")
    Console().print(table)


if __name__ == "__main__":
    main()
