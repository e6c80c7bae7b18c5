"""Processes are renewed one by one, and no client notices."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from tests.fixtures.accounts import person
from tests.fixtures.budget import PROVE, luck
from tests.fixtures.live import LiveServer, started
from tests.fixtures.servers import TOKEN_KEY, NewDatabase, connected
from tests.server.steady import Steady

WORKERS = 2
RESTARTS = 20 if PROVE else 1


def workers_of(server: LiveServer) -> set[int]:
    """Those that serve: they were spawned, and are no helpers of the start."""
    found = set()
    for child in psutil.Process(server.process.pid).children():
        with suppress(psutil.NoSuchProcess):  # or one that has just died
            if "spawn_main" in " ".join(child.cmdline()):
                found.add(child.pid)
    return found


async def until(true: Callable[[], bool], seconds: float = 100) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)


def _are_new(server: LiveServer, before: set[int]) -> bool:
    now = workers_of(server)
    return len(now) == WORKERS and not before & now


def _more_than(answers: int, steady: Steady) -> bool:
    return steady.answers.total() > answers


@pytest.fixture
async def database(new_database: NewDatabase) -> str:
    return await new_database()


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "documents.json"
    path.write_text("{}")
    return path


@pytest.fixture
async def server(database: str, redis_url: str, manifest: Path) -> AsyncIterator[LiveServer]:
    over = {
        "BROADSHEET_TRUSTED_DOCUMENTS": str(manifest),
        "DATABASE_URL": database,
        "REDIS_URL": redis_url,
        "BROADSHEET_SAMPLE": "false",
        "BROADSHEET_TOKEN_KEYS": TOKEN_KEY,
        "BROADSHEET_KEEP_ALIVE_TIMEOUT": "3",
        "BROADSHEET_RATE": "1000000",
        "BROADSHEET_RATE_BURST": "1000000",
        "BROADSHEET_RATE_ANONYMOUS": "1000000",
        "BROADSHEET_RATE_ANONYMOUS_BURST": "1000000",
    }
    with started(None, "--workers", str(WORKERS), **over) as one:
        yield one


async def is_known(server: LiveServer, number: str) -> bool:
    """Whether all processes know a trusted document, as far as some tries tell."""
    async with httpx.AsyncClient(timeout=40) as http:
        tries = [
            await http.post(f"{server.url}/graphql", json={"documentId": number}, headers={"Connection": "close"})
            for _ in range(10)
        ]
    return all(answer.json().get("data") for answer in tries)


async def test_no_client_notices_that_all_are_renewed_and_read_anew_what_they_serve(
    server: LiveServer, database: str, manifest: Path
) -> None:
    editor = await person(database, "ada", "ADMIN")
    port = urlsplit(server.url).port
    assert port is not None
    steady = Steady(port, editor.headers)
    async with steady.asking(luck("restarts").randrange(1_000_000)):
        for restart in range(RESTARTS):
            before = workers_of(server)
            assert len(before) == WORKERS
            number = f"document-{restart}"
            manifest.write_text(json.dumps({number: "{ __typename }"}))
            assert not await is_known(server, number)
            server.process.send_signal(signal.SIGHUP)
            await until(partial(_are_new, server, before))
            await until(partial(_more_than, steady.answers.total() + 100, steady))
            assert await is_known(server, number)
    told = f"{RESTARTS} restarts: {dict(steady.answers)}, {steady.closed} told to come anew"
    print(f"\n{told}, {len(steady.failures)} failures")  # noqa: T201
    assert steady.failures == []
    assert steady.closed > 0
    async with connected(database) as connection:
        there = {row[0] for row in await connection.fetch("SELECT name FROM tags")}
    assert there == set(steady.written), "what was answered was written once, and nothing else"
