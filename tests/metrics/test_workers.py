"""A scrape tells of all processes, also after one was killed, hangs, or was renewed."""

import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import psutil
import pytest

from tests.fixtures.live import LiveServer, started
from tests.fixtures.servers import NewDatabase
from tests.metrics.alerting import check_firing
from tests.metrics.measuring import Told, scraped_from

FOLDERS = "broadsheet-*"
WORKERS = ("0", "1")
TOTAL = "broadsheet_operations_total"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
async def server(new_database: NewDatabase, redis_url: str, folder: Path) -> AsyncIterator[LiveServer]:
    """One for all of these, for its start takes longest; the last of them ends it."""
    over = {"DATABASE_URL": await new_database(), "REDIS_URL": redis_url, "BROADSHEET_SAMPLE": "false"}
    with started(None, "--workers", "2", **over, BROADSHEET_METRICS_PORT="0", TMPDIR=str(folder)) as one:
        yield one


def _scraped(server: LiveServer) -> Told:
    return scraped_from(server.printed)


def _ask(server: LiveServer, name: str) -> None:
    """Over a new connection, which any of the processes takes."""
    answer = httpx.post(f"{server.url}/graphql", json={"query": f"query {name} {{ __typename }}"}, timeout=20)
    assert answer.json()["data"]


def _ask_until(server: LiveServer, name: str, true: Callable[[Told], bool]) -> int:
    """Ask, and ask again, until what is told is so; how often."""
    deadline = time.monotonic() + 60
    for number in range(1, 10_000):
        _ask(server, name)
        if true(_scraped(server)):
            return number
        assert time.monotonic() < deadline
    raise AssertionError


def _until(server: LiveServer, true: Callable[[Told], bool]) -> Told:
    deadline = time.monotonic() + 60
    while not true(told := _scraped(server)):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return told


def _pids(server: LiveServer) -> list[int]:
    """Those that serve: they were spawned, and are no helpers of the start."""
    children = psutil.Process(server.process.pid).children()
    return [child.pid for child in children if "spawn_main" in " ".join(child.cmdline())]


def _count(told: Told, name: str, worker: str) -> float:
    return sum(one.value for one in told.of(TOTAL, operation=name, worker=worker))


def _starts(told: Told) -> dict[str, float]:
    return {one.labels["worker"]: one.value for one in told.of("process_start_time_seconds")}


def _both_up(told: Told) -> bool:
    return told.value("broadsheet_worker_up") == 2


def test_one_that_hangs_is_told_of_by_the_others(server: LiveServer, tmp_path: Path) -> None:
    before = _scraped(server)
    pid = _pids(server)[0]
    os.kill(pid, signal.SIGSTOP)
    try:
        told = _scraped(server)
        up = {one.labels["worker"]: one.value for one in told.of("broadsheet_worker_up")}
        assert sorted(up.items(), key=lambda item: item[1]) in ([("0", 0), ("1", 1)], [("1", 0), ("0", 1)])
        assert told.labels("process_start_time_seconds", "worker") == {worker for worker in up if up[worker]}
    finally:
        os.kill(pid, signal.SIGCONT)
    _until(server, _both_up)
    check_firing([before] * 3, 4, [], tmp_path)
    check_firing([before, told, told], 4, ["BroadsheetWorkerSilent"], tmp_path)


def test_all_processes_are_told_of_also_when_one_was_killed_or_all_were_renewed(server: LiveServer) -> None:
    asked = _ask_until(server, "Before", lambda told: len(told.labels(TOTAL, "worker")) == 2)
    told = _scraped(server)
    assert told.value(TOTAL, operation="Before") == asked
    counts, starts = {worker: _count(told, "Before", worker) for worker in WORKERS}, _starts(told)

    os.kill(_pids(server)[0], signal.SIGKILL)
    told = _until(server, lambda told: _both_up(told) and _starts(told) != starts)
    [killed] = [worker for worker in WORKERS if _starts(told)[worker] != starts[worker]]
    # Who took its place counts from 0 again under the same label; nothing is told of the dead one, nor told twice.
    assert told.labels("broadsheet_worker_up", "worker") == set(WORKERS)
    assert {worker: _count(told, "Before", worker) for worker in WORKERS} == {**counts, killed: 0}
    asked = _ask_until(server, "After", lambda told: _count(told, "After", killed) > 0)
    assert _scraped(server).value(TOTAL, operation="After") == asked

    starts = _starts(told)
    server.process.send_signal(signal.SIGHUP)
    told = _until(server, lambda told: _both_up(told) and not {*starts.values()} & {*_starts(told).values()})
    assert told.labels("broadsheet_worker_up", "worker") == set(WORKERS)
    assert not told.of(TOTAL, operation="After")
    _ask(server, "Renewed")
    assert _scraped(server).value(TOTAL, operation="Renewed") == 1


def test_nobody_else_can_enter_where_they_meet_and_nothing_of_it_stays_behind(server: LiveServer, folder: Path) -> None:
    [met] = folder.glob(FOLDERS)
    assert met.stat().st_mode & 0o777 == 0o700
    assert any(path.is_socket() for path in met.iterdir())
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(60)
    assert not list(folder.glob(FOLDERS))
