"""How many queries go on at once: as many as can have a connection, and as many again whose answers are made meanwhile.

More of them would be done no sooner: each would wait in the line for a connection, and what it holds half made would
drive that of others out of the processor's caches. So the rest wait before they begin, when they hold next to nothing.
"""

import asyncio
from time import monotonic
from types import TracebackType
from typing import Self

from core.errors import UnavailableError
from core.settings import Settings
from server.overload.limit import LEAST

EACH = 2
"""Queries for each connection that queries may have."""


class Turns:
    """`async with turns:` waits for one, behind those who came before. What writes needs none.

    It is a connection that is waited for in the end: nobody waits longer than for one. Raises UnavailableError.
    """

    def __init__(self, most: int, seconds: float) -> None:
        """Give so many at once, to those who wait so long at the most."""
        self.most = most
        self._seconds = seconds
        self._places = asyncio.Semaphore(most)
        self._since: dict[object, float] = {}
        """When each began to wait, the first first."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As many as suit the connections that the settings allow for queries, those to replicas included."""
        pool = settings.database_pool_size + settings.database_pool_overflow
        most = max(LEAST, EACH * pool * (1 + len(settings.replicas)))
        return cls(most, settings.database_pool_timeout)

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._since)

    def line(self) -> float:
        """Seconds that the first in line has waited; 0 where nobody waits."""
        for since in self._since.values():
            return monotonic() - since
        return 0.0

    async def __aenter__(self) -> Self:
        if self._places.locked():
            await self._wait()
        else:
            await self._places.acquire()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._places.release()

    async def _wait(self) -> None:
        place = object()
        self._since[place] = monotonic()
        try:
            async with asyncio.timeout(self._seconds):
                await self._places.acquire()
        except TimeoutError:
            raise UnavailableError("The service is busy.") from None
        finally:
            del self._since[place]
