"""How often responses were found, in all processes, day by day."""

from datetime import UTC, datetime

from redis.asyncio import Redis

from cache.client import LOST

PREFIX = "tallies:"
DAYS_KEPT = 8


class Tallies:
    """Counts of one site in one Redis; what cannot be told is lost, for nothing depends on it."""

    def __init__(self, redis: Redis, site: str) -> None:
        self._redis = redis
        self._site = site

    async def add(self, **counts: int) -> None:
        """Add to today's."""
        key = self._key()
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for name, number in counts.items():
                    pipeline.hincrby(key, name, number)
                pipeline.expire(key, DAYS_KEPT * 86_400)
                await pipeline.execute()
        except LOST:
            pass

    async def today(self) -> dict[str, int]:
        """Those of today, of which a process tells some seconds late.

        Raises:
            One of LOST: Redis cannot be asked.

        """
        found = await self._redis.hgetall(self._key())
        return {str(name, "ascii"): int(number) for name, number in found.items() if isinstance(name, bytes)}

    def _key(self) -> str:
        return f"{PREFIX}{self._site}:{datetime.now(UTC):%Y-%m-%d}"
