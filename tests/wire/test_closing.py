import asyncio
import contextlib
from typing import Any

import pytest
from redis.asyncio import Redis

from cache.rate_limit import Rate, RateLimiter
from cache.tallies import Tallies
from core.settings import Settings
from tests.fixtures.api import serving


async def test_an_application_that_closes_lets_its_chores_end_before_it_takes_their_connections(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, happened = asyncio.Event(), list[str]()
    close = Redis.aclose

    async def settle(_: RateLimiter) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # as redis-py does, which gives its connection back
            happened.append("settled")

    async def aclose(self: Any, *arguments: Any) -> None:
        happened.append("closed")
        await close(self, *arguments)

    monkeypatch.setattr("cache.rate_limit.SETTLE_EVERY", 0.0)
    monkeypatch.setattr(RateLimiter, "settle", settle)
    async with serving(settings) as api:
        monkeypatch.setattr(Redis, "aclose", aclose)
        await api.data("{ __typename }")
        async with asyncio.timeout(60):
            await begun.wait()
    await asyncio.sleep(0.01)
    assert happened == ["settled", "closed"]


async def test_settling_ends_whenever_it_is_cancelled(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cache.rate_limit.SETTLE_EVERY", 0.0)
    deaf = []
    for rounds in range(30):
        async with Redis.from_url(redis_url, socket_timeout=10, socket_connect_timeout=10) as redis:
            limiter = RateLimiter(redis)
            settling = asyncio.create_task(limiter.settle_forever())
            limiter.charge("caller", 1, Rate(1_000.0, 1_000))
            for _ in range(rounds):
                await asyncio.sleep(0)
            settling.cancel()
            _, pending = await asyncio.wait([settling], timeout=20)
            if pending:
                deaf.append(rounds)
                settling.cancel()
                await asyncio.wait([settling], timeout=20)
    assert deaf == []


async def test_an_application_closes_though_its_client_of_redis_is_deaf(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    telling = asyncio.Event()

    async def add(*_: Any, **__: int) -> None:
        telling.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(100)

    monkeypatch.setattr("server.responses.made.TELL_EVERY", 0.0)
    monkeypatch.setattr(Tallies, "add", add)
    async with asyncio.timeout(60), serving(settings.model_copy(update={"cache": True})) as api:
        await api.data("{ __typename }")
        await api.data("{ posts { totalCount } }")
        await telling.wait()
