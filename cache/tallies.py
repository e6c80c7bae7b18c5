"""How often responses were found, in all processes, day by day."""

from datetime import UTC, datetime

from cache.client import LOST, Client

PREFIX = "tallies:"
DAYS_KEPT = 8


class Tallies:
    """Counts of sites in one Redis; what cannot be told is lost, for nothing depends on it."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    async def add(self, site: str, **counts: int) -> None:
        """Add to today's."""
        key = _key(site)
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for name, number in counts.items():
                    pipeline.hincrby(key, name, number)
                pipeline.expire(key, DAYS_KEPT * 86_400)
                await pipeline.execute()
        except LOST:
            pass

    async def today(self, site: str) -> dict[str, int]:
        """Those of today, of which a process tells some seconds late.

        Raises:
            One of LOST: Redis cannot be asked.

        """
        found = await self._redis.hgetall(_key(site))
        return {str(name, "ascii"): int(number) for name, number in found.items() if isinstance(name, bytes)}


def _key(site: str) -> str:
    return f"{PREFIX}{site}:{datetime.now(UTC):%Y-%m-%d}"
