"""Events on their way to all processes: a stream of Redis, in which each has its place as its id.

The log in PostgreSQL has them all, so nothing is lost with Redis; it saves PostgreSQL the questions of each process.
"""

from collections.abc import Sequence
from typing import Any

from redis.exceptions import ResponseError

from cache.client import LOST, Client, connect, hang_up
from core.settings import Settings

PREFIX = "{events}:"
KEPT = 5_000
"""Events in a stream, about."""
KEPT_SECONDS = 86_400
MOST_AT_ONCE = 500
BLOCK = 1.0
"""Seconds that a read waits for events."""


class StreamLostError(Exception):
    """Redis cannot be asked, or what is there is none of ours."""


class EventStream:
    """The stream of one log."""

    def __init__(self, settings: Settings, history: str) -> None:
        self._key = f"{PREFIX}{history}"
        self._writer = _connect(settings, settings.redis_timeout * 10)
        # One that waits has a connection of its own.
        self._reader = _connect(settings, BLOCK + settings.redis_timeout * 10)

    async def append(self, entries: Sequence[tuple[int, bytes]]) -> None:
        """Add events at their places; one whose place is taken already is there.

        Raises:
            StreamLostError: it may not be there.

        """
        try:
            async with self._writer.pipeline(transaction=False) as pipeline:
                for place, text in entries:
                    pipeline.xadd(self._key, {"e": text}, id=f"{place}-0", maxlen=KEPT, approximate=True)
                pipeline.expire(self._key, KEPT_SECONDS)
                answers = await pipeline.execute(raise_on_error=False)
        except LOST as error:
            raise StreamLostError(str(error)) from error
        for answer in answers:
            if isinstance(answer, Exception) and "equal or smaller" not in str(answer):
                raise StreamLostError(str(answer)) from answer

    async def last(self) -> tuple[int, bytes] | None:
        """The last event with its place.

        Raises:
            StreamLostError: nobody knows.

        """
        try:
            found: Any = await self._writer.xrevrange(self._key, count=1)
            return _entry(found[0]) if found else None
        except (*LOST, ValueError, TypeError, KeyError) as error:
            raise StreamLostError(str(error)) from error

    async def clear(self) -> None:
        """Forget all of it.

        Raises:
            StreamLostError: nobody knows whether it is.

        """
        try:
            await self._writer.delete(self._key)
        except LOST as error:
            raise StreamLostError(str(error)) from error

    async def read(self, after: int) -> list[tuple[int, bytes]]:
        """Events after a place, as they come; none where none came for a while.

        Raises:
            StreamLostError: Redis cannot be asked.

        """
        try:
            found: Any = await self._reader.xread(
                {self._key: f"{after}-0"}, count=MOST_AT_ONCE, block=int(BLOCK * 1000)
            )
            return [_entry(one) for _, entries in found for one in entries] if found else []
        except (*LOST, ResponseError, ValueError, TypeError, KeyError) as error:
            raise StreamLostError(str(error)) from error

    async def close(self) -> None:
        """Close its connections."""
        await hang_up(self._writer)
        await hang_up(self._reader)


def _entry(found: tuple[bytes, dict[bytes, bytes]]) -> tuple[int, bytes]:
    name, fields = found
    return int(name.partition(b"-")[0]), fields[b"e"]


def _connect(settings: Settings, timeout: float) -> Client:
    # RESP2, for streams come as lists.
    return connect(settings, timeout, protocol=2, max_connections=2)
