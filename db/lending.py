"""Connections that SQLAlchemy's pool lends for some seconds, and that statements take in turn meanwhile.

The pool makes, tests, recycles and replaces them, and asking it costs as much as a small statement. So whoever is done
with one leaves it here: for who waits longest, or else for the next who comes. What lies idle goes back to the pool,
and so does what was lent for long. Nobody else may ask the same pool: what lies here he would not get.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from math import inf
from typing import Any, Protocol

import asyncpg
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

SWEEP_EVERY = 0.5
"""Seconds. Who was idle at one sweep and still is at the next goes back to the pool."""
MOST_SWEEPS = 10
"""For so many of them a connection is lent at the longest."""


class Loan(Protocol):
    """A connection that the pool lent."""

    @property
    def driver_connection(self) -> Any:
        """The driver's own."""

    @property
    def info(self) -> dict[Any, Any]:
        """Holds `opened_at`, seconds of the monotonic clock."""


class Lent:
    """A connection on loan, and since when."""

    __slots__ = ("busy", "driver", "is_due", "is_resting", "is_silent", "loan", "opened_at", "sweeps")

    def __init__(self, loan: Any, *, is_due: bool) -> None:
        self.loan = loan
        self.driver: asyncpg.Connection = loan.driver_connection
        self.opened_at: float = loan.info["opened_at"]
        self.sweeps = 0
        self.busy = 0
        """How many sweeps came by since somebody was done with it last, or the last one while it lay idle."""
        self.is_silent = False
        """Whether it was hung up, for no answer came."""
        self.is_due = is_due
        """Whether it goes back to the pool when whoever uses it is done."""
        self.is_resting = False
        """Whether it lay idle when the last sweep came by."""


class Lending:
    """All connections on loan from one pool. Whoever takes one ends with `put`, `settle`, `drop` or `lose`.

    As long as somebody waits, none lies idle and no place is left, so that no newcomer is served before him.
    """

    def __init__(
        self,
        borrow: Callable[[], Coroutine[Any, Any, Any]],
        give_back: Callable[[Any, bool], None],
        *,
        most: int,
        timeout: float,
        keep: bool = True,
        silence: float = inf,
        on_silence: Callable[[], None] = lambda: None,
    ) -> None:
        """Lend what the pool has.

        Args:
            borrow: takes a loan from the pool, at once or after the time that opening takes.
            give_back: gives a loan back; False says that it must not be used again.
            most: how many loans the pool gives at a time.
            timeout: seconds that anybody waits for a connection.
            keep: whether one serves several statements before the pool has it back.
            silence: seconds after which one whose statement has not ended is hung up: the server stands still, or is
                out of reach and nothing says so. Longer than any statement may take.
            on_silence: called when that happened.

        """
        self.lost_at = 0.0
        """When a connection was lost last: older ones are then no better."""
        self.lost = 0
        """Connections that were lost in use."""
        self.timeouts = 0
        """Who waited in vain."""
        self._borrow = borrow
        self._give_back = give_back
        self._places = most
        self._timeout = timeout
        self._keep = keep
        self._most_busy = silence / SWEEP_EVERY + 1
        self._on_silence = on_silence
        self._lent: set[Lent] = set()
        self._idle: list[Lent] = []
        self._waiting: deque[tuple[float, asyncio.Future[Lent | None]]] = deque()
        self._settling: dict[asyncio.Task[Any], Lent] = {}
        self._sweeper: asyncio.TimerHandle | None = None
        self._expiry: asyncio.TimerHandle | None = None

    def line(self) -> float:
        """Seconds that the first in line has waited; 0 where nobody waits."""
        for expires_at, turn in self._waiting:
            if not turn.done():
                return max(asyncio.get_running_loop().time() - (expires_at - self._timeout), 0.0)
        return 0.0

    def take(self) -> Lent | None:
        """One that lies idle: the one used last, so that those that are too many go back to the pool."""
        while self._idle:
            lent = self._idle.pop()
            if self._is_sound(lent):
                lent.is_resting = False
                return lent
            self.drop(lent)
        return None

    async def wait(self) -> Lent:
        """One from the pool or, where that is used up, the next that anybody has done with.

        Raises:
            PoolTimeoutError: nobody was done in time; and what opening a connection raises.

        """
        if self._places:
            self._places -= 1
        else:
            lent = await self._in_line()
            if lent is not None:
                if self._is_sound(lent):
                    return lent
                self._return(lent, usable=False)
        # In a place of its own from here on; and in a task of its own, for opening a connection asks for its task.
        borrowing = asyncio.get_running_loop().create_task(self._borrow())
        try:
            lent = Lent(await borrowing, is_due=not self._keep)
        except BaseException:
            if borrowing.done() and not borrowing.cancelled() and borrowing.exception() is None:
                self._give_back(borrowing.result(), True)
            self._leave_place()
            raise
        self._lent.add(lent)
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().call_later(SWEEP_EVERY, self._sweep)
        if self._is_sound(lent):
            return lent
        # Closed in the moment between.
        self.drop(lent)
        return await self.wait()

    def put(self, lent: Lent) -> None:
        """Done, and it was answered: the connection is ready for the next."""
        lent.busy = 0
        if lent.is_due:
            self._return(lent, usable=True)
            self._leave_place()
        elif (first := self._first_in_line()) is not None:
            first.set_result(lent)
        else:
            self._idle.append(lent)

    def settle(self, lent: Lent) -> None:
        """Done, but the statement may still run: keep the connection from others until it has ended."""
        task = asyncio.get_running_loop().create_task(self._ended(lent))
        self._settling[task] = lent
        task.add_done_callback(self._settled)

    def drop(self, lent: Lent) -> None:
        """Done, and nobody shall use the connection again."""
        self._return(lent, usable=False)
        self._leave_place()

    def lose(self, lent: Lent) -> None:
        """Done, and the connection was lost: all that are as old are not used again either."""
        self.distrust()
        self.lost += 1
        self.drop(lent)

    def distrust(self) -> None:
        """Use none again that is open now."""
        self.lost_at = time.monotonic()

    @property
    def idle(self) -> int:
        """Connections that lie here for the next who comes."""
        return len(self._idle)

    @property
    def in_use(self) -> int:
        """Connections that somebody uses."""
        return len(self._lent) - len(self._idle)

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return sum(not turn.done() for _, turn in self._waiting)

    async def close(self) -> None:
        """Give back what nobody uses; what somebody still uses goes back when he is done."""
        for task in self._settling:
            task.cancel()
        await asyncio.gather(*self._settling, return_exceptions=True)
        for lent in self._lent:
            lent.is_due = True
        while self._idle:
            self.put(self._idle.pop())
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None

    async def _ended(self, lent: Lent) -> None:
        """Wait until the last statement has ended: the driver has it cancelled, and sends nothing before that."""
        async with asyncio.timeout(self._timeout):
            # The cancellation may come late, and then it is this one's.
            with suppress(asyncpg.QueryCanceledError):
                await lent.driver.execute("SELECT 1")

    def _settled(self, task: asyncio.Task[None]) -> None:
        lent = self._settling.pop(task)
        if task.cancelled() or task.exception() is not None:
            self.drop(lent)
        else:
            self.put(lent)

    def _is_sound(self, lent: Lent) -> bool:
        """Whether it is neither known nor feared to be closed."""
        return lent.opened_at > self.lost_at and not lent.driver.is_closed()

    def _return(self, lent: Lent, *, usable: bool) -> None:
        self._lent.discard(lent)
        self._give_back(lent.loan, usable)

    def _leave_place(self) -> None:
        """Let the first in line have it, for a loan of his own."""
        first = self._first_in_line()
        if first is None:
            self._places += 1
        else:
            first.set_result(None)

    async def _in_line(self) -> Lent | None:
        """What somebody else was done with, or None for the place that he left."""
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[Lent | None] = loop.create_future()
        self._waiting.append((loop.time() + self._timeout, turn))
        if self._expiry is None:
            self._expiry = loop.call_later(self._timeout, self._expire)
        try:
            return await turn
        except BaseException:
            # Who is cancelled may have been served already, before he woke to take it.
            if not turn.cancel() and turn.exception() is None:
                lent = turn.result()
                if lent is None:
                    self._leave_place()
                else:
                    self.put(lent)
            raise

    def _first_in_line(self) -> "asyncio.Future[Lent | None] | None":
        while self._waiting:
            _, turn = self._waiting.popleft()
            if not turn.done():
                return turn
        return None

    def _expire(self) -> None:
        """Send away who waited too long: one timer for all, for all wait equally long."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._waiting and (self._waiting[0][0] <= now or self._waiting[0][1].done()):
            _, turn = self._waiting.popleft()
            if not turn.done():
                self.timeouts += 1
                turn.set_exception(PoolTimeoutError("all connections are in use"))
        self._expiry = loop.call_at(self._waiting[0][0], self._expire) if self._waiting else None

    def _sweep(self) -> None:
        for lent in self._lent:
            lent.sweeps += 1
            lent.is_due = lent.is_due or lent.sweeps >= MOST_SWEEPS
            lent.busy += 1
            if lent.busy > self._most_busy:
                # Whoever waits for it hears at once that it is lost.
                lent.is_silent = True
                lent.driver.terminate()
                self._on_silence()
        idle, self._idle = self._idle, []
        for lent in idle:
            lent.is_due = lent.is_due or lent.is_resting
            lent.is_resting = True
            self.put(lent)
        loop = asyncio.get_running_loop()
        self._sweeper = loop.call_later(SWEEP_EVERY, self._sweep) if self._lent else None
