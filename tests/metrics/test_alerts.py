"""Alerts fire on what a real server tells while it is in trouble, and on nothing that a healthy one tells."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.docs.documents import ROOT
from tests.fixtures.live import LiveServer, started
from tests.fixtures.servers import NewDatabase, connected, execute, settings_for
from tests.metrics.alerting import ALERTS, check_firing, promtool, rules
from tests.metrics.measuring import Told, measuring, scraped_from
from tests.model.shaped import shaped
from tests.model.write import write
from tests.responses.planes import opened

NARROW = {
    "METRICS_PORT": "0",
    "SAMPLE": "false",
    "CACHE_PLANE": "redis",
    "DATABASE_POOL_SIZE": "1",
    "DATABASE_POOL_OVERFLOW": "0",
    "DATABASE_POOL_TIMEOUT": "0.2",
    "STATEMENT_TIMEOUT": "1.3",
    "LOCK_TIMEOUT": "1.2",
    "MAX_REQUESTS": "4",
    "RATE_ANONYMOUS": "1",
    "RATE_ANONYMOUS_BURST": "50",
    "MAX_COST_ANONYMOUS": "50",
}
FINE = "query Fine { __typename }"
POSTS = "query Posts { posts(first: 29) { nodes { title } } }"
TAGS = "query Tags { tags(first: 2) { nodes { name } } }"
ROUNDS = 4
IN_TROUBLE = {
    f"Broadsheet{name}"
    for name in (
        *("Faults", "Unavailable", "Slow", "Sheds", "PoolExhausted", "PoolFull", "StatementsSlow", "RateRefused"),
        *("RedisFails", "RedisNotBelieved", "EventLoopBlocked"),
    )
}
DOCTORED: dict[str, list[dict[str, float]]] = {
    "BroadsheetWorkerRestarts": [{"process_start_time_seconds": number} for number in (1, 2, 3, 4)],
    "BroadsheetSubscribersCutOff": [{'broadsheet_streams_ended_total{reason="slow"}': n} for n in (0, 5, 10, 15, 20)],
    "BroadsheetFilesRunOut": [{"process_open_fds": 900, "process_max_fds": 1_000}],
}
"""Alerts for whose trouble a test would take too long: what a healthy server told, but for some values."""


class Callers:
    """Who asks a server, each by an address of his own, which a proxy tells."""

    def __init__(self, server: LiveServer, http: httpx.AsyncClient) -> None:
        self._server = server
        self._http = http
        self._number = 0

    async def ask(self, query: str, address: str | None = None) -> int:
        self._number += 1
        number = f"10.0.{self._number // 250}.{self._number % 250 + 1}"
        headers = {"x-forwarded-for": address or number}
        body = {"query": f"{query} # {self._number}"}  # another text each time, of which nothing is kept yet
        answer = await self._http.post(f"{self._server.url}/graphql", json=body, headers=headers)
        return answer.status_code

    async def be_harmless(self) -> None:
        for _ in range(10):
            assert await self.ask(FINE) == 200

    async def told(self) -> Told:
        return await asyncio.to_thread(scraped_from, self._server.printed)


@asynccontextmanager
async def _locked(url: str) -> AsyncIterator[None]:
    async with connected(url) as connection, connection.transaction():
        await connection.execute("LOCK TABLE posts IN ACCESS EXCLUSIVE MODE")
        yield


async def _troubled(server: LiveServer, callers: Callers, url: str) -> Told:
    """One round of troubles; what is told amid them."""
    await callers.be_harmless()
    for _ in range(2):
        await callers.ask(TAGS)
    for _ in range(8):
        await callers.ask(POSTS, address="10.9.9.9")
    os.kill(server.process.pid, signal.SIGSTOP)
    await asyncio.sleep(0.6)
    os.kill(server.process.pid, signal.SIGCONT)
    async with _locked(url):
        waiting = [asyncio.create_task(callers.ask(POSTS)) for _ in range(12)]
        await asyncio.sleep(0.6)
        told = await callers.told()
        await asyncio.gather(*waiting)
    return told


@pytest.fixture(scope="module")
async def url(new_database: NewDatabase) -> str:
    url = await new_database()
    await write(shaped(2), url)
    return url


@pytest.fixture(scope="module")
async def in_trouble(url: str) -> list[Told]:
    """What a server tells whose Redis is away, whose tables are locked or broken, and of which too much is asked."""
    given = {f"BROADSHEET_{name}": value for name, value in NARROW.items()}
    nowhere = "redis://127.0.0.1:1/0"
    with started(DATABASE_URL=url, REDIS_URL=nowhere, **given) as server:
        async with httpx.AsyncClient(timeout=30) as http:
            callers = Callers(server, http)
            await callers.be_harmless()
            scrapes = [await callers.told()]
            await execute(url, "ALTER TABLE tags RENAME COLUMN name TO other")
            try:
                scrapes += [await _troubled(server, callers, url) for _ in range(ROUNDS)]
            finally:
                await execute(url, "ALTER TABLE tags RENAME COLUMN other TO name")
    return scrapes


def test_the_rules_are_good() -> None:
    assert "SUCCESS" in promtool("check", "rules", ALERTS)
    promtool("check", "config", ROOT / "monitoring/prometheus.yml")


@pytest.fixture(scope="module")
async def healthy(url: str, redis_url: str) -> list[Told]:
    settings = settings_for(url, redis_url, cache=True, cache_plane="redis")
    async with measuring(settings) as api:
        await opened(api)
        scrapes = []
        for _ in range(3):
            for query in (FINE, POSTS, TAGS):
                await api.data(query)
            scrapes.append(await api.told())
        return scrapes


async def test_alerts_fire_on_what_a_server_in_trouble_tells(in_trouble: list[Told], tmp_path: Path) -> None:
    check_firing(in_trouble, 11, IN_TROUBLE, tmp_path)


async def test_few_fire_at_the_first_sign_of_trouble(in_trouble: list[Told], tmp_path: Path) -> None:
    check_firing(in_trouble, 3, [], tmp_path)


async def test_none_fires_on_what_a_healthy_server_tells(healthy: list[Told], tmp_path: Path) -> None:
    for minute in (4, 30):
        check_firing(healthy, minute, [], tmp_path)


@pytest.mark.parametrize("name", DOCTORED)
async def test_others_fire_on_what_it_would_tell(name: str, healthy: list[Told], tmp_path: Path) -> None:
    scrapes = [healthy[-1].with_values(values) for values in DOCTORED[name]]
    check_firing(scrapes, 11, [name], tmp_path)


async def test_one_that_tells_nothing_is_told_of(healthy: list[Told], tmp_path: Path) -> None:
    check_firing(healthy, 11, ["BroadsheetDown"], tmp_path, up=0)


def test_each_alert_was_seen_to_fire() -> None:
    elsewhere = {"BroadsheetDown", "BroadsheetWorkerSilent"}  # the latter in test_workers
    assert IN_TROUBLE | DOCTORED.keys() | elsewhere == {rule["alert"] for rule in rules()}
