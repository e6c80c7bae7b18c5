import subprocess
import time

import httpx

from tests.fixtures.live import COMMAND, LiveServer, clean_environment, started
from tests.fixtures.servers import NewDatabase

POSTS = {"query": "{ posts { nodes { title author { name } } } }"}


def _run(url: str, redis_url: str, *words: str, plane: str = "postgresql") -> str:
    environment = clean_environment(DATABASE_URL=url, REDIS_URL=redis_url, BROADSHEET_CACHE_PLANE=plane)
    done = subprocess.run([str(COMMAND), "cache", *words], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _status(server: LiveServer) -> str:
    return httpx.post(f"{server.url}/graphql", json=POSTS, timeout=60).headers["cache-status"]


async def test_what_is_kept_is_told_and_let_go(new_database: NewDatabase, redis_url: str) -> None:
    url = await new_database()
    with started(DATABASE_URL=url, REDIS_URL=redis_url) as server:
        assert [_status(server) for _ in range(2)] == ["Broadsheet; fwd=miss; stored", "Broadsheet; hit"]
        shown = _run(url, redis_url, "show")
        assert "the cache is" in shown
        assert "on" in shown
        assert "responses in Redis" in shown
        assert _run(url, redis_url, "purge", "tags", "tag:9") == "tags, tag:9 will be read anew.\n"
        assert _status(server) == "Broadsheet; hit"
        assert _run(url, redis_url, "purge") == "Everything will be read anew.\n"
        assert _status(server) == "Broadsheet; fwd=miss; stored"


def test_the_names_to_purge_are_printed_as_they_are() -> None:
    printed = _run("postgresql://nowhere", "redis://nowhere", "names", "post:42", "tag?slug=a b", "Ünknown", "*")
    assert printed.split("\n") == ["%C3%9Cnknown", "*", "post+", "post:42", "tag+", "tag?slug=a%20b", ""]


async def test_what_redis_says_is_shown_where_redis_is_asked(new_database: NewDatabase, redis_url: str) -> None:
    url = await new_database()
    with started(DATABASE_URL=url, REDIS_URL=redis_url, BROADSHEET_CACHE_PLANE="redis") as server:
        deadline = time.monotonic() + 100
        while "Redis is believed         │ yes" not in (shown := _run(url, redis_url, "show", plane="redis")):
            assert time.monotonic() < deadline, shown
        statuses = [_status(server)]
        while statuses.count("Broadsheet; hit") < 3:  # a busy process may not believe Redis each time
            statuses.append(_status(server))
            assert time.monotonic() < deadline, statuses
        hits, misses = (sum(word in status for status in statuses) for word in ("; hit", "fwd=miss"))
        told = f"{hits} hits, 0 waited for another's answer, {misses} misses"
        while told not in (shown := _run(url, redis_url, "show", plane="redis")):
            assert time.monotonic() < deadline, (shown, statuses)
    assert f"{hits / (hits + misses):.1%}" in shown
    for row in ("epoch", "clock", "tags with a stamp", "tags about to be touched"):
        assert row in shown


async def test_without_redis_it_says_so(new_database: NewDatabase) -> None:
    assert "Redis is out of reach" in _run(await new_database(), "redis://127.0.0.1:1/0", "show")
