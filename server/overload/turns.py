"""How many queries go on at once: as many as keep the event loop at work.

More of them would be done no sooner: each would wait for the processor, or in the line for a connection, and what it
holds half made would drive that of others out of the processor's caches. So the rest wait before they begin, when they
hold next to nothing. `AT_LEAST` go on in any case; where these leave the event loop nothing to do, they wait for the
database, and others begin, as far as there are connections. So do they for those that go on for `LONG`: it is not for
the event loop that these wait, whatever keeps it at work.
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
LONG = 0.25
"""Seconds after which one that goes on is taken for one that waits for the database: it does not count to the least."""


class Turns:
    """`async with turns.one():` waits for a turn, behind those who came before. What writes needs none.

    It is the processor or a connection that is waited for in the end: nobody waits longer than for a connection.
    Raises UnavailableError.
    """

    def __init__(self, most: int, seconds: float) -> None:
        """Give so many at once at the most, to those who wait so long at the most."""
        self.most = most
        self.least = min(AT_LEAST, most)
        self._seconds = seconds
        self._going_on = dict[Turn, None]()
        """Who began first is the first."""
        self._line = deque[Turn]()
        """The first first; who gave up may still stand there."""
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
        return sum(turn.waits for turn in self._line)

    def line(self) -> float:
        """Seconds that the first in line has waited; 0 where nobody waits."""
        return next((monotonic() - turn.since for turn in self._line if turn.waits), 0.0)

    def one(self) -> "Turn":
        """A turn: waits on entering, goes on until it is left."""
        return Turn(self)

    async def begin(self, turn: "Turn") -> None:
        """Wait until it may go on. Raises UnavailableError."""
        if len(self._going_on) < self.least and not self._line:
            self._goes_on(turn)
        else:
            await self._wait(turn)

    def end(self, turn: "Turn") -> None:
        """Let another begin in its place."""
        del self._going_on[turn]
        if self._line:
            self._let_begin(self._floor(monotonic()))

    def _goes_on(self, turn: "Turn") -> None:
        turn.since = monotonic()
        self._going_on[turn] = None

    def _floor(self, now: float) -> int:
        """How many go on in any case."""
        long = 0
        for turn in self._going_on:
            if now - turn.since < LONG:
                break
            long += 1
        return self.least + long

    def _let_begin(self, most: int) -> None:
        """Let those begin who are first, until so many go on."""
        most = min(most, self.most)
        while self._line and len(self._going_on) < most:
            turn = self._line.popleft()
            if turn.waits:
                self._goes_on(turn)
                turn.comes.set_result(None)

    async def _wait(self, turn: "Turn") -> None:
        loop = asyncio.get_running_loop()
        turn.since, turn.comes = monotonic(), loop.create_future()
        self._line.append(turn)
        if not self._looks:
            self._looks = True
            loop.call_soon(self._turn_begins, loop)
        try:
            async with asyncio.timeout(self._seconds):
                await turn.comes
        except BaseException as error:
            # Who gives up may have been let in already, before he woke.
            if not turn.comes.cancel() and not turn.comes.cancelled():
                self.end(turn)
            if isinstance(error, TimeoutError):
                raise UnavailableError("The service is busy.") from None
            raise

    def _turn_begins(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_soon(self._look, loop, monotonic())

    def _look(self, loop: asyncio.AbstractEventLoop, began: float) -> None:
        now, going_on = monotonic(), len(self._going_on)
        more = going_on + 1 + going_on // SHARE if now - began < EMPTY else 0
        self._let_begin(max(more, self._floor(now)))
        while self._line and not self._line[0].waits:
            self._line.popleft()
        self._looks = bool(self._line)
        if self._looks:
            # To the end of the queue first: a timer may pass by those that are ready.
            loop.call_later(LOOK_EVERY, loop.call_soon, self._turn_begins, loop)


class Turn:
    """One of the turns; to be entered once."""

    __slots__ = ("_turns", "comes", "since")

    comes: asyncio.Future[None]
    """Done when its time has come; made where it must be waited for."""
    since: float
    """When it began to wait, or to go on."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    @property
    def waits(self) -> bool:
        """Whether, once in line, somebody still waits for it."""
        return not self.comes.done()

    async def __aenter__(self) -> Self:
        await self._turns.begin(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._turns.end(self)
