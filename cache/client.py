"""The connection to Redis, whose loss must cost time and nothing else."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from cache.observed import ObservedRedis
from core.settings import Settings

LOST = (RedisError, OSError, RuntimeError)
"""What calls raise when Redis is not there; the last is uvloop's, of a connection that was closed meanwhile."""


def connect(settings: Settings) -> Redis:
    """A client with the timeouts of the settings; it connects when first used."""
    assert settings.redis_url is not None, "the embedded server's URL goes into the settings before this"
    return ObservedRedis.from_url(
        settings.redis_url.get_secret_value(),
        socket_connect_timeout=settings.redis_connect_timeout,
        socket_timeout=settings.redis_timeout,
        # Once more at once where a connection turns out to be dead; never where there was no answer in time.
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    )


async def answers(client: Redis) -> bool:
    """Whether Redis is there."""
    try:
        return bool(await client.ping())
    except LOST:
        return False
