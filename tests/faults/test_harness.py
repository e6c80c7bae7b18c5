"""The harness itself: what it cuts is cut, what it measures is so, and what it excuses is no more than it says."""

from collections.abc import AsyncIterator
from time import perf_counter

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from cache.embedded import EmbeddedRedis
from tests.faults.blog import ALL, ONE_POST, Question, TornError, shown
from tests.faults.figures import HUNG_UP, RUN, UNAVAILABLE, Figures, Read, hits_are_back
from tests.faults.proxy import Proxy, Way


@pytest.fixture
async def proxy(own_redis: EmbeddedRedis) -> AsyncIterator[Proxy]:
    made = Proxy(str(own_redis._running().socket))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def client(proxy: Proxy) -> AsyncIterator[Redis]:
    made = Redis.from_url(proxy.url, socket_timeout=0.3, retry=Retry(NoBackoff(), 0))
    yield made
    await made.aclose()


async def _answers(client: Redis) -> bool:
    try:
        return bool(await client.ping())
    except (RedisError, OSError):
        return False


async def test_a_proxy_leads_to_redis_until_it_is_cut_and_again(proxy: Proxy, client: Redis) -> None:
    assert await _answers(client)
    for way in (Way.CUT, Way.HOLE):
        await proxy.lead(way)
        assert not await _answers(client)
        await proxy.lead(Way.OPEN)
        assert await _answers(client)


async def test_a_proxy_holds_answers_back(proxy: Proxy, client: Redis) -> None:
    assert await _answers(client)
    proxy.delay = 0.1
    began = perf_counter()
    assert await _answers(client)
    assert perf_counter() - began >= 0.1
    proxy.delay = 1.0
    assert not await _answers(client)


def _read(server: int, at: float, *, hit: bool = False, error: str | None = None) -> Read:
    return Read(server, at, at + 0.1, hit, error)


def test_hits_are_back_when_every_process_has_them_again() -> None:
    one = [_read(0, at, hit=True) for at in range(RUN)]
    other = [_read(1, at) for at in range(RUN)]
    assert hits_are_back(one + other, 0, 2) is None
    assert hits_are_back(one, 0, 1) == RUN - 1 + 0.1
    assert hits_are_back(one, 1, 1) is None, "what began before does not count"
    later = [_read(1, at, hit=True) for at in range(100, 100 + RUN)]
    assert hits_are_back(one + other + later, 0, 2) == pytest.approx(107.1), "eight of thirty"


def test_an_error_is_excused_at_its_time_and_place_only() -> None:
    figures, now = Figures(), perf_counter()
    with figures.excused(HUNG_UP, server=1):
        pass
    inside, later = perf_counter(), perf_counter() + 10
    good = [_read(0, now), _read(1, now - 0.05, error=HUNG_UP)]
    bad = [
        _read(0, now - 0.05, error=HUNG_UP),
        _read(1, now - 0.05, error=UNAVAILABLE),
        _read(1, now - 10, error=HUNG_UP),
        _read(1, later, error=HUNG_UP),
    ]
    figures.reads += [*good, *bad]
    assert figures.unexpected() == bad, inside


def _answered(**post: object) -> dict[str, object]:
    return {"post": {"slug": "p1", "version": 3, "commentCount": 5, "author": {"name": "Ann r2"}} | post}


def test_an_answer_shows_revisions() -> None:
    assert shown(ONE_POST["p1"], _answered(title="p1 r3")) == {"post p1": 3, "comments p1": 5, "name": 2}
    assert shown(ONE_POST["t0"], {"post": None}) == {"post t0": None}
    found = shown(Question("", ALL), {"tag": {"posts": {"nodes": []}}})
    assert found == {f"post {slug}": None for slug in ALL}


def test_an_answer_of_two_states_is_noticed() -> None:
    with pytest.raises(TornError):
        shown(ONE_POST["p1"], _answered(title="p1 r2"))
