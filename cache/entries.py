"""Bytes under keys, in Redis: none of them is needed, and none is believed without a check."""

import time

from cache.client import LOST, Client

PREFIX = "response:"
PAUSE = 1.0
"""Seconds for which Redis is left alone after it failed."""


class Entries:
    """The store of one Redis; its failures cost time, no more than one timeout a second, and nothing else."""

    def __init__(self, redis: Client, seconds: float) -> None:
        self._redis = redis
        self._milliseconds = int(seconds * 1000)
        self._closed_until = 0.0
        self.failures = 0
        """How often Redis was left alone because it failed."""

    @property
    def is_closed(self) -> bool:
        """Whether Redis is left alone at the moment."""
        return time.monotonic() < self._closed_until

    async def get(self, key: str) -> bytes | None:
        """What is kept under a key, if anything is, and Redis can be asked."""
        if self.is_closed:
            return None
        try:
            found = await self._redis.get(PREFIX + key)
        except LOST:
            self._fail()
            return None
        return found if isinstance(found, bytes) else None

    async def count(self, place: str) -> int:
        """How many there are whose keys begin with this, and a slash.

        Raises:
            One of LOST: Redis cannot be asked.

        """
        number = 0
        async for _ in self._redis.scan_iter(f"{PREFIX}{place}/*", count=1_000):
            number += 1
        return number

    async def put(self, key: str, value: bytes, seconds: float | None = None) -> None:
        """Keep something for a while, for no longer than so many seconds."""
        if self.is_closed:
            return
        try:
            milliseconds = self._milliseconds if seconds is None else min(self._milliseconds, int(seconds * 1000))
            await self._redis.set(PREFIX + key, value, px=max(1, milliseconds))
        except LOST:
            self._fail()

    def _fail(self) -> None:
        self._closed_until = time.monotonic() + PAUSE
        self.failures += 1
