from collections.abc import AsyncIterator

import asyncpg
import pytest

from core.settings import Settings
from tests.fixtures.accounts import Person, person_by
from tests.fixtures.servers import connected
from tests.subscriptions.listening import served


@pytest.fixture(autouse=True)
def _settles_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """No limiter talks to Redis by itself while its application closes: redis-py may then leave a connection open."""
    monkeypatch.setattr("cache.rate_limit.SETTLE_EVERY", 3_600.0)


@pytest.fixture
async def url(settings: Settings) -> AsyncIterator[str]:
    """The address of a server over the test's own database."""
    async with served(settings) as url:
        yield url


@pytest.fixture
async def writer(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody with psql."""
    async with connected(database_url) as connection:
        yield connection


@pytest.fixture
async def ann(writer: asyncpg.Connection) -> Person:
    return await person_by(writer, "ann", "AUTHOR")
