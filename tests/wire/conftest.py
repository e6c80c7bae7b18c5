"""One application for all tests of a module that write nothing, and a Redis of a test's own."""

from collections.abc import AsyncIterator

import httpx
import pytest
from redis.asyncio import Redis

from tests.fixtures.api import serving
from tests.fixtures.servers import NewDatabase, numbered, settings_for


@pytest.fixture(scope="module")
async def http(new_database: NewDatabase, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to an application with the limits that there are by default, but for those of rates."""
    defaults = {"max_body": 1_000_000, "max_document": 32_000, "max_variables": 256_000, "max_answer": 5_000_000}
    async with serving(settings_for(await new_database(), redis_url, **defaults)) as api:
        yield api.http


@pytest.fixture(autouse=True)
def _settles_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """No limiter talks to Redis by itself while its application closes, which may then never end.

    `test_closing` has the test of that; once it passes, this can go.
    """
    monkeypatch.setattr("cache.rate_limit.SETTLE_EVERY", 3_600.0)


@pytest.fixture
async def empty_redis_url(redis_url: str) -> str:
    """A Redis that holds nothing, and that no other test uses meanwhile."""
    url = numbered(redis_url, 9)
    async with Redis.from_url(url) as redis:
        await redis.flushdb()
    return url


@pytest.fixture
async def redis(empty_redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(empty_redis_url) as client:
        yield client
