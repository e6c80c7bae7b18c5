"""How many queries go on at once: as many as keep the event loop at work.

More of them would be done no sooner: each would wait for the processor, or in the line for a connection, and what it
holds half made would drive that of others out of the processor's caches. So the rest wait before they begin, when they
hold next to nothing. `AT_LEAST` go on in any case; where these leave the event loop nothing to do, they wait for the
database, and others begin, as far as there are connections.
"""

import asyncio
from collections import deque
from time import monotonic
from types import TracebackType
from typing import Self

from core.errors import UnavailableError
from core.settings import Settings
from server.overload.limit import LEAST

AT_LEAST = 4
"""Measured with feeds of 50 posts over 16 connections: with all of them at once, each takes a quarter more CPU."""
EACH = 2
"""Queries at the most for each connection that they may have."""
LOOK_EVERY = 0.001
"""Seconds between two looks whether there is nothing to do, while anybody waits."""
EMPTY = 0.0002
"""Seconds that a turn of the event loop takes at the most in which nothing was to be done."""
SHARE = 4
"""Where there is nothing to do, one begins, and one more for each so many that go on."""


class Turns:
    """`async with turns:` waits for one, behind those who came before. What writes needs none.

    It is the processor or a connection that is waited for in the end: nobody waits longer than for a connection.
    Raises UnavailableError.
    """

    def __init__(self, most: int, seconds: float) -> None:
        """Give so many at once at the most, to those who wait so long at the most."""
        self.most = most
        self.least = min(AT_LEAST, most)
        self._seconds = seconds
        self._going_on = 0
        self._line: deque[tuple[float, asyncio.Future[None]]] = deque()
        """Since when each waits, the first first; who gave up may still stand there."""
        self._looks = False

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As many as suit the connections that the settings allow for queries, those to replicas included."""
        pool = settings.database_pool_size + settings.database_pool_overflow
        most = max(LEAST, EACH * pool * (1 + len(settings.replicas)))
        return cls(most, settings.database_pool_timeout)

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(not turn.done() for _, turn in self._line)

    def line(self) -> float:
        """Seconds that the first in line has waited; 0 where nobody waits."""
        return next((monotonic() - since for since, turn in self._line if not turn.done()), 0.0)

    async def __aenter__(self) -> Self:
        if self._going_on < self.least and not self._line:
            self._going_on += 1
        else:
            await self._wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._going_on -= 1
        self._begin(self.least)

    def _begin(self, most: int) -> None:
        """Let those begin who are first, until so many go on."""
        while self._line and self._going_on < most:
            _, turn = self._line.popleft()
            if not turn.done():
                self._going_on += 1
                turn.set_result(None)

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        self._line.append((monotonic(), turn))
        if not self._looks:
            self._looks = True
            loop.call_soon(self._turn_begins, loop)
        try:
            async with asyncio.timeout(self._seconds):
                await turn
        except BaseException as error:
            # Who gives up may have been let in already, before he woke.
            if not turn.cancel() and not turn.cancelled():
                self._end()
            if isinstance(error, TimeoutError):
                raise UnavailableError("The service is busy.") from None
            raise

    def _turn_begins(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_soon(self._look, loop, monotonic())

    def _look(self, loop: asyncio.AbstractEventLoop, began: float) -> None:
        if monotonic() - began < EMPTY:
            self._begin(min(self._going_on + 1 + self._going_on // SHARE, self.most))
        while self._line and self._line[0][1].done():
            self._line.popleft()
        self._looks = bool(self._line)
        if self._looks:
            # To the end of the queue first: a timer may pass by those that are ready.
            loop.call_later(LOOK_EVERY, loop.call_soon, self._turn_begins, loop)
