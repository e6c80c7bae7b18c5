"""What a process looks at to know whether it can serve: one look for all who ask."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from core.errors import ClientError
from db.migrate import serves
from db.schema_version import SchemaWatch

HOLDS = 1.0
"""Seconds for which others are told what a look saw."""
PATIENCE = 1.5
"""Seconds that a look may take before it is taken for a no."""


class Look:
    """One look for all who ask; told once more for a while after."""

    def __init__(self, look: Callable[[], Awaitable[str]]) -> None:
        self._look = look
        self._looking: asyncio.Task[str] | None = None
        self._seen = ""
        self._seen_at = 0.0

    async def told(self) -> str:
        """What it saw; `unreachable`, if it takes too long. Raises what the look raises."""
        if self._seen and monotonic() - self._seen_at < HOLDS:
            return self._seen
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._run())
        looking = self._looking
        # One that does not end, though it was cancelled, holds nobody up.
        await asyncio.wait([looking], timeout=PATIENCE)
        return looking.result() if looking.done() and not looking.cancelled() else "unreachable"

    async def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking], timeout=PATIENCE)

    async def _run(self) -> str:
        try:
            async with asyncio.timeout(PATIENCE):
                seen = await self._look()
        except TimeoutError:
            seen = "unreachable"
        self._seen, self._seen_at = seen, monotonic()
        return seen


class Health:
    """What a process looks at to know whether it can serve."""

    def __init__(self, database: SchemaWatch, redis_answers: Callable[[], Awaitable[bool]]) -> None:
        self._database = database
        self._redis_answers = redis_answers
        self.database = Look(self._look_at_database)
        self.redis = Look(self._look_at_redis)

    async def close(self) -> None:
        """Look no more."""
        await asyncio.gather(self.database.close(), self.redis.close())
        await self._database.close()

    async def _look_at_database(self) -> str:
        try:
            return "ok" if serves(await self._database.revision()) else "run `broadsheet migrate`"
        except ClientError:
            return "unreachable"

    async def _look_at_redis(self) -> str:
        return "ok" if await self._redis_answers() else "unreachable"
