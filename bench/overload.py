"""What a process does that is asked for more than it can carry.

    .venv/bin/python -m bench.overload [seconds of a stage] [rounds] [share kept, of 100] [posts]

`broadsheet serve`, bound to one core, on embedded servers with 2,000 made-up posts. A request is for so many of them
(40), or up to nine more, with authors and tags. First it is asked in turns, and then as often by clients that do not
wait (`bench.open_loop`), on the other cores: what it answers then is what it can carry. It is asked for that, twice,
five and ten times that, and last for half of it, to see when it has recovered. Meanwhile somebody asks for its health
ten times a second, each time over a new connection.

Machines that others use change their speed by the minute. So each stage stands between two in which it is asked for
twice what it can carry, when it has most to do and least to refuse: their mean is the peak that the stage is compared
with. All of it is done in rounds; what is shown is the median of the rounds, and the worst of what must never be bad.
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
from collections.abc import Callable, Sequence
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
PEAK = 2
"""At which it answers most: at one, some moments would have had time for more."""
FACTORS = (1, 5, 10)
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
WORST = {"broken", "most ms", "unheard", "MB"}
"""Of these no median is shown."""


def main() -> None:
    """Measure, and print a table."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    rounds = int(next(iter(sys.argv[2:3]), 3))
    kept = int(next(iter(sys.argv[3:4]), 0))
    posts = int(next(iter(sys.argv[4:5]), 40))
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[1:])  # and PostgreSQL with it
    # Of those that are not kept no two are alike.
    fresh = [request_of(posts + number % 10, f"Q{number}") for number in range(20_000 if kept else 10)]
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
                found = [Round(port, process, seconds, requests).run() for _ in range(rounds)]
    table = Table(
        "times", *COLUMNS, title=f"{seconds:g} s each, the median of {rounds}; {posts} posts; {kept} of 100 kept"
    )
    for factor in (FACTORS[0], PEAK, *FACTORS[1:], RECOVERY):
        median = _one_of([one[factor] for one in found], statistics.median)
        table.add_row(f"{factor:g}", *(format(median[name], form) for name, form in COLUMNS.items()))
    Console(width=150).print(table)


def _one_of(rows: Sequence[Row], typical: Callable[[list[float]], float]) -> Row:
    """What is typical of several, and the worst of what must never be bad."""
    return {name: (max if name in WORST else typical)([row[name] for row in rows]) for name in rows[0]}


class Round:
    """Stages, one after the other, against one server."""

    def __init__(self, port: int, process: psutil.Process, seconds: float, requests: Sequence[bytes]) -> None:
        self._port = port
        self._process = process
        self._seconds = seconds
        self._requests = requests
        self._generators = Generators(GENERATORS)
        self._began = 0.0
        """When the last stage did."""

    def run(self) -> dict[float, Row]:
        """What came of each stage, by how many times as much was asked as can be carried."""
        asyncio.run(in_turns(self._port, 3, self._requests))
        rate = statistics.median(asyncio.run(in_turns(self._port, 2, self._requests)) for _ in range(3))
        found: dict[float, Row] = {}
        try:
            self._generators.connect(self._port, CONNECTIONS)
            self._generators.begin(rate, self._seconds, self._requests)
            capacity = len(self._generators.end().answered) / self._seconds
            peaks = [self._stage(capacity * PEAK)[0]]
            for factor in FACTORS:
                found[factor], _ = self._stage(capacity * factor)
                peaks.append(self._stage(capacity * PEAK)[0])
                found[factor]["of the peak"] = (
                    found[factor]["answered/s"] / _one_of(peaks[-2:], statistics.fmean)["answered/s"]
                )
            found[RECOVERY], told = self._stage(capacity * RECOVERY)
        finally:
            self._generators.close()
        found[PEAK] = _one_of(peaks, statistics.fmean)
        found[RECOVERY]["of the peak"] = found[RECOVERY]["answered/s"] / peaks[-1]["answered/s"]
        late = [at for at, _ in told.shed] + [at for at, late in told.answered if late > SLOW]
        Console().print(
            f"{rate:.0f} requests a second asked in turns, {capacity:.0f} by {CONNECTIONS:,} who do not wait; at "
            f"{max(FACTORS)} times that {found[max(FACTORS)]['of the peak']:.0%} of the peak; recovered after "
            f"{max(late, default=self._began) - self._began:.1f} s: from then on none was shed, or took {SLOW} s"
        )
        return found

    def _stage(self, rate: float) -> tuple[Row, Told]:
        """What came of so many requests a second; by itself it is its own peak."""
        self._generators.connect(self._port, CONNECTIONS)
        with Watch(self._port, self._process) as watch:
            before, self._began = _cpu(self._process), time.time()
            self._generators.begin(rate, self._seconds, self._requests)
            told = self._generators.end()
            used = _cpu(self._process) - before
        if told.other:
            Console().print(f"{rate:.0f}/s: {set(told.other)}")
        return _row(told, watch, self._seconds, used) | {"of the peak": 1.0}, told


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
