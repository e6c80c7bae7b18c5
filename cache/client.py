"""The connection to Redis, whose loss must cost time and nothing else."""

from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, RedisClusterException, RedisError

from cache.cluster import Cluster
from cache.observed import ObservedRedis
from core.cluster_url import is_cluster
from core.settings import Settings

Client = Redis | Cluster
"""One server, or a cluster of them. Keys that a script or a pipeline touches together share a hash tag: `{rate}:`."""

LOST = (RedisError, RedisClusterException, OSError, RuntimeError)
"""What calls raise when Redis is not there; the last is uvloop's, of a connection that was closed meanwhile."""


def connect(settings: Settings, timeout: float | None = None, **options: Any) -> Client:
    """A client with the timeouts of the settings, or another one; it connects when first used.

    `options` are those of the connections to one server.
    """
    assert settings.redis_url is not None, "the embedded server's URL goes into the settings before this"
    url, timeout = settings.redis_url.get_secret_value(), timeout or settings.redis_timeout
    if is_cluster(url):
        return Cluster(url, timeout=timeout, connect_timeout=settings.redis_connect_timeout)
    return ObservedRedis.from_url(
        url,
        socket_connect_timeout=settings.redis_connect_timeout,
        socket_timeout=timeout,
        # Once more at once where a connection turns out to be dead, or to lead to who became a replica; never where
        # there was no answer in time.
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError, ReadOnlyError)),
        **options,
    )


async def hang_up(client: Client) -> None:
    """Close its connections, for good."""
    await (client.end() if isinstance(client, Cluster) else client.aclose())


async def answers(client: Client) -> bool:
    """Whether Redis is there; of a cluster, whether it can be asked for a key."""
    try:
        if isinstance(client, Cluster):
            await client.exists("{broadsheet}")
            return True
        return bool(await client.ping())
    except LOST:
        return False
