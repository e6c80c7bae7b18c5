"""Calls to Redis, noted in the record of the operation that makes them."""

from time import perf_counter_ns
from typing import Any

from redis.asyncio import Redis

from core.observation import current


class ObservedRedis(Redis):
    """A client whose calls are noted, where somebody listens: the command, never a key or a value."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send one command; raises what redis-py raises."""
        observation = current()
        if observation is None:
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        began = perf_counter_ns()
        try:
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        finally:
            observation.note_redis(str(args[0]), began)
