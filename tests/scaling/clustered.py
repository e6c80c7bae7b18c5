"""A client of the tests' Redis Cluster."""

from collections.abc import AsyncIterator

import pytest

from cache.client import connect, hang_up
from cache.cluster import Cluster
from core.settings import Settings
from tests.fixtures.servers import settings_for
from tests.scaling.six import Six


def settings_of(url: str, **others: object) -> Settings:
    return settings_for("postgresql://nowhere", url, **{"redis_timeout": 2.0, "redis_connect_timeout": 1.0, **others})


@pytest.fixture
async def cluster(six: Six) -> AsyncIterator[Cluster]:
    client = connect(settings_of(six.url))
    assert isinstance(client, Cluster)
    yield client
    await hang_up(client)
