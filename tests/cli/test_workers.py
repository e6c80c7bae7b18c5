"""Several processes on one socket."""

import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import httpx
import psutil
import pytest

from tests.fixtures.live import LiveServer, started
from tests.fixtures.servers import NewDatabase

WORKERS = 2


@pytest.fixture
async def server(new_database: NewDatabase, redis_url: str) -> AsyncIterator[LiveServer]:
    over = {"DATABASE_URL": await new_database(), "REDIS_URL": redis_url, "BROADSHEET_SAMPLE": "false"}
    over["BROADSHEET_WORKER_TIMEOUT"] = "5"
    with started(None, "--workers", str(WORKERS), **over) as one:
        yield one


def _workers(server: LiveServer) -> list[int]:
    """Those that serve: they were spawned, and are no helpers of the start."""
    found = []
    for child in psutil.Process(server.process.pid).children():
        with suppress(psutil.NoSuchProcess):  # or one that has just died
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child.pid)
    return sorted(found)


def _ask(server: LiveServer) -> int:
    return httpx.post(f"{server.url}/graphql", json={"query": "{ posts { totalCount } }"}, timeout=20).status_code


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 100
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_one_that_dies_is_replaced(server: LiveServer) -> None:
    first, second = _workers(server)
    os.kill(first, signal.SIGKILL)
    _until(lambda: len(_workers(server)) == WORKERS and first not in _workers(server))
    assert second in _workers(server)
    assert {_ask(server) for _ in range(20)} == {200}


def test_one_that_hangs_is_killed_and_replaced(server: LiveServer) -> None:
    first, second = _workers(server)
    os.kill(first, signal.SIGSTOP)
    _until(lambda: len(_workers(server)) == WORKERS and first not in _workers(server))
    assert second in _workers(server)
    assert {_ask(server) for _ in range(20)} == {200}


def test_they_end_with_the_one_that_started_them(server: LiveServer) -> None:
    workers = _workers(server)
    assert len(workers) == WORKERS
    server.process.kill()
    _until(lambda: not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in workers))


def test_a_process_that_cannot_serve_ends_the_start() -> None:
    with (
        pytest.raises(AssertionError, match=r"serve ended"),
        started(None, "--workers", "2", BROADSHEET_TRUSTED_DOCUMENTS="/nowhere.json"),
    ):
        pass
