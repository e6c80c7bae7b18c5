"""What a process does that is asked for more than it can carry.

    .venv/bin/python -m bench.overload [seconds of a stage] [rounds] [share of requests that are kept, of 100]

`broadsheet serve`, bound to one core, on embedded servers with 2,000 made-up posts. First it is asked in turns, and
then as often by clients that do not wait (`bench.open_loop`), on the other cores: what it answers then is what it can
carry. It is asked for that, twice, five and ten times that, and last for half of it, to see when it has recovered.
Meanwhile somebody asks for its health ten times a second, each time over a new connection. All of it is done in rounds,
for machines that others use change their speed by the minute; what is shown is the median of the rounds.
"""

import asyncio
import json
import math
import os
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import psutil
from rich.console import Console
from rich.table import Table

from bench.open_loop import Generators, Told
from bench.serving import filled, served
from db.embedded import EmbeddedPostgres

FEED = (
    "query Feed($n: Int!) { posts(first: $n) { nodes { id title slug publishedAt author { name username } "
    "tags { name } } } }"
)
CONNECTIONS = 3_000
IN_TURNS = 32
GENERATORS = 2
FACTORS = (1, 2, 5, 10)
RECOVERY = 0.5
SLOW = 0.5
Row = dict[str, float]


def request_of(number: int, name: str = "Feed") -> bytes:
    """A request for that many posts, as it goes over the wire."""
    body = json.dumps({"query": FEED.replace("Feed", name), "variables": {"n": number}}).encode()
    head = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


class Watch:
    """Asks for health, and looks at the memory, while a stage runs."""

    def __init__(self, port: int, process: psutil.Process) -> None:
        self._port = port
        self._process = process
        self._done = threading.Event()
        self.late: list[float] = []
        self.unanswered = 0
        self.most_memory = 0
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _is_answered(self, path: str) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=5) as connection:
            connection.sendall(b"GET /%b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % path.encode())
            return b" 200 " in connection.recv(1_000)[:20]
        return False

    def _run(self) -> None:
        while not self._done.wait(0.1):
            for path in ("livez", "readyz"):
                began = time.perf_counter()
                self.unanswered += not self._is_answered(path)
                self.late.append(time.perf_counter() - began)
            self.most_memory = max(self.most_memory, self._process.memory_info().rss)


async def in_turns(port: int, seconds: float, requests: Sequence[bytes]) -> float:
    """How many a second are answered to clients that wait."""
    answered, ends = 0, time.perf_counter() + seconds

    async def client(number: int) -> None:
        nonlocal answered
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < ends:
            writer.write(requests[(answered + number) % len(requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
            assert b" 200 " in head[:20], head
            answered += 1
        writer.close()

    await asyncio.gather(*(client(number) for number in range(IN_TURNS)))
    return answered / seconds


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _quantile(late: Sequence[float], part: float) -> float:
    """Milliseconds; nan where there are none."""
    return sorted(late)[min(int(len(late) * part), len(late) - 1)] * 1000 if late else math.nan


COLUMNS = {
    "asked/s": ".0f",
    "answered/s": ".0f",
    "of the peak": ".0%",
    "a CPU second": ".0f",
    "shed/s": ".0f",
    "p50 ms": ".0f",
    "p99 ms": ".0f",
    "shed p99": ".0f",
    "broken": ".0f",
    "health p99": ".0f",
    "most ms": ".0f",
    "unheard": ".0f",
    "MB": ".0f",
}
"""Of a stage, and how each is written."""


def main() -> None:
    """Measure, and print a table."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    rounds = int(next(iter(sys.argv[2:3]), 3))
    kept = int(next(iter(sys.argv[3:4]), 0))
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[1:])  # and PostgreSQL with it
    # Of those that are not kept no two are alike.
    fresh = [request_of(40 + number % 10, f"Q{number}") for number in range(20_000 if kept else 10)]
    requests = fresh[:1_000]
    if kept:
        few = [request_of(number) for number in range(10, 20)]
        requests = [few[n % 10] if n % 100 < kept else fresh[n] for n in range(20_000)]
    with tempfile.TemporaryDirectory(prefix="broadsheet-") as folder:
        Path(folder).chmod(0o755)
        with EmbeddedPostgres(Path(folder), durable=False) as postgres:
            filled(postgres.url(), 2_000)
            settings = {"BROADSHEET_CACHE": str(kept > 0).lower(), "BROADSHEET_LOG_LEVEL": "error"}
            with served(postgres.url(), settings, core=cores[0]) as (port, process):
                found = [_round(port, process, seconds, requests) for _ in range(rounds)]
    table = Table("times", *COLUMNS, title=f"{seconds:g} s each, the median of {rounds}; {kept} of 100 kept")
    for factor, median in _medians(found).items():
        table.add_row(f"{factor:g}", *(format(median[name], form) for name, form in COLUMNS.items()))
    Console(width=150).print(table)


def _medians(rounds: Sequence[dict[float, Row]]) -> dict[float, Row]:
    """The medians of each stage, and what these are of their peak: in one round the peak may be the luckiest stage."""
    found: dict[float, Row] = {}
    for factor in rounds[0]:
        told = [one[factor] for one in rounds]
        found[factor] = {name: statistics.median(row[name] for row in told) for name in told[0]}
    peak = max(row["answered/s"] for row in found.values())
    return {factor: row | {"of the peak": row["answered/s"] / peak} for factor, row in found.items()}


def _round(port: int, process: psutil.Process, seconds: float, requests: Sequence[bytes]) -> dict[float, Row]:
    """What came of each stage, by how many times as much was asked as can be carried."""
    asyncio.run(in_turns(port, 3, requests))
    rate = statistics.median(asyncio.run(in_turns(port, 2, requests)) for _ in range(3))
    generators, found = Generators(GENERATORS), dict[float, Row]()
    try:
        generators.connect(port, CONNECTIONS)
        generators.begin(rate, seconds, requests)
        capacity = len(generators.end().answered) / seconds
        for factor in (*FACTORS, RECOVERY):
            generators.connect(port, CONNECTIONS)
            with Watch(port, process) as watch:
                began, before = time.time(), _cpu(process)
                generators.begin(capacity * factor, seconds, requests)
                told = generators.end()
                used = _cpu(process) - before
            found[factor] = _row(told, watch, seconds, used)
            if told.other:
                Console().print(f"{factor}: {set(told.other)}")
        late = [at for at, late in told.shed + [one for one in told.answered if one[1] > SLOW]]
    finally:
        generators.close()
    peak = max(row["answered/s"] for row in found.values())
    recovered = max(late, default=began) - began
    Console().print(
        f"{rate:.0f} requests a second asked in turns, {capacity:.0f} by {CONNECTIONS:,} who do not wait; at ten times "
        f"that {found[max(FACTORS)]['answered/s'] / peak:.0%} of the peak; recovered after {recovered:.1f} s: "
        f"from then on none was shed, or took {SLOW} s"
    )
    return found


def _row(told: Told, watch: Watch, seconds: float, used: float) -> Row:
    answered, shed = [late for _, late in told.answered], [late for _, late in told.shed]
    asked = len(answered) + len(shed) + len(told.other) + told.unanswered + told.unsent
    return {
        "asked/s": asked / seconds,
        "answered/s": len(answered) / seconds,
        "a CPU second": len(answered) / used,
        "shed/s": len(shed) / seconds,
        "p50 ms": _quantile(answered, 0.5),
        "p99 ms": _quantile(answered, 0.99),
        "shed p99": _quantile(shed, 0.99),
        "broken": len(told.other) + told.unanswered,
        "health p99": _quantile(watch.late, 0.99),
        "most ms": _quantile(watch.late, 1),
        "unheard": watch.unanswered,
        "MB": watch.most_memory / 1e6,
    }


if __name__ == "__main__":
    main()
