"""How throughput grows with processes: `broadsheet serve --workers`, 1 to 4 of them.

    .venv/bin/python -m bench.workers [most workers]

Embedded servers with 2,000 made-up posts; two client processes ask for a feed in turns, over 64 connections, once with
and once without kept responses. All share the machine's cores, and with as many workers as cores they are in each
other's way: beside requests a second, see how much CPU the workers used.
"""

import asyncio
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from bench.overload import in_turns, request_of
from bench.serving import filled, served
from db.embedded import EmbeddedPostgres

SECONDS = 5.0
CLIENTS = 2


def _asked(port: int, seconds: float) -> float:
    """Requests a second that one client process had answered."""
    return asyncio.run(in_turns(port, seconds, [request_of(50)]))


def _used(process: psutil.Process) -> float:
    """Seconds of CPU of a process and of those that it started, Redis left out."""
    family = [process, *(child for child in process.children(recursive=True) if "redis" not in child.name())]
    times = [one.cpu_times() for one in family]
    return sum(float(one.user + one.system) for one in times)


def _measured(port: int, process: psutil.Process) -> tuple[float, float]:
    """Requests a second of all clients, and how many cores the server used for them."""
    with ProcessPoolExecutor(CLIENTS) as pool:
        list(pool.map(_asked, [port] * CLIENTS, [1.0] * CLIENTS))
        used, began = _used(process), time.monotonic()
        found = list(pool.map(_asked, [port] * CLIENTS, [SECONDS] * CLIENTS))
    return sum(found), (_used(process) - used) / (time.monotonic() - began)


def main() -> None:
    """Measure, and print a table."""
    most = int(sys.argv[1]) if sys.argv[1:] else 4
    table = Table("workers", "kept", "requests/s", "of one", "cores used", title=f"{os.cpu_count()} cores in all")
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder), durable=False) as postgres:
        filled(postgres.url(), 2_000)
        for cache in (False, True):
            first = 0.0
            for workers in range(1, most + 1):
                settings = {"BROADSHEET_CACHE": str(cache).lower(), "BROADSHEET_LOG_LEVEL": "error"}
                options = ["--workers", str(workers)]
                with served(postgres.url(), settings, options=options) as (port, process):
                    rate, cores = _measured(port, process)
                first = first or rate
                table.add_row(str(workers), str(cache), f"{rate:.0f}", f"{rate / first:.2f}", f"{cores:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
