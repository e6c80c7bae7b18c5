"""Who is let in: places for requests, and among these for executions.

What is judged is what a request would wait: for the event loop, for its turn, and in the line for a connection. Where
the event loop has time to spare, it can find out what is asked: a request whose answer is kept needs no connection, and
is let in while executions are refused. Where it has none, all are alike, and are refused before they are read.
"""

import asyncio
from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Self

from starlette.types import Scope

from core.errors import UnavailableError
from core.settings import Settings
from server.overload.limit import AdaptiveLimit
from server.overload.turns import Turns

GATE = "broadsheet.gate"
"""The name of the gate in the state of an application, which the server hands to all that it serves."""
PLACE = "broadsheet.place"
"""In the scope of a request that has a place."""
LOOK_EVERY = 0.02
"""Seconds between two looks at what is waited, while anybody must be watched."""
STEPS = 10
"""So often a request waits for the event loop, more or less."""
STATEMENTS = 3
"""So often it waits for a connection."""
REST = 0.002
"""Seconds: whoever waits no longer found the event loop at rest. The clock of its timers ticks each 0.001."""
EMPTY = 0.0002
"""Seconds that a turn takes at the most in which nothing was to be done but to look."""
BUSY = 0.85
"""The part of the looks that find it at work, from which on it has no time to spare."""
AT_EASE = 0.6
"""The part from which downwards it has some again."""
_MEMORY = 0.5
"""Seconds of which these are."""


class Executions(AdaptiveLimit):
    """Places for operations that are executed: `with executions:` takes one."""

    __slots__ = ()

    def check(self) -> None:
        """Raise UnavailableError if there is no place."""
        if self.is_full:
            self.shed += 1
            raise UnavailableError("The service is busy.")

    def __enter__(self) -> Self:
        if not self.take():
            raise UnavailableError("The service is busy.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.leave()


class Gate:
    """What one process lets in."""

    def __init__(self, settings: Settings) -> None:
        self._target = settings.request_timeout / 10
        self._line: Callable[[], float] = float
        self._timer: asyncio.TimerHandle | None = None
        self.requests = AdaptiveLimit(settings.max_requests, self._watch)
        self.executions = Executions(settings.max_requests, self._watch)
        self.turns = Turns.of(settings)
        self.lag = 0.0
        """Seconds that a turn of the event loop was waited for at the last look; 0 while nobody looks."""
        self.busy = 0.0
        """The part of its time that the event loop works, about; 0 while nobody looks."""
        self._has_no_time = False
        self.is_draining = False
        """Whether the process is about to stop: no connection is kept for a further request."""
        self.is_closing = False
        """Whether idle connections are closed, too."""

    def open(self, line: Callable[[], float]) -> None:
        """Ask this for the seconds that the first in line has waited for a connection."""
        self._line = line

    @property
    def takes_sockets(self) -> bool:
        """Whether somebody who would stay is let in: not while all places are taken, or fewer than there might be."""
        return not (self.is_draining or self.requests.is_full or self.lag * STEPS > self._target)

    def leave(self, scope: Scope) -> None:
        """Give back the place that a request has, if it still has it."""
        if scope.pop(PLACE, False):
            self.requests.leave()

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _watch(self) -> None:
        if self._timer is None:
            # There is something to do: until it was seen otherwise, there is no time to spare.
            self.busy = 1.0
            self._look_later()

    def _look_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(LOOK_EVERY, self._turn_comes, loop, monotonic() + LOOK_EVERY)

    def _turn_comes(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        # Once more to the end of the queue: a timer may pass by those that are ready.
        loop.call_soon(self._turn_begins, loop, due)

    def _turn_begins(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        loop.call_soon(self._look, due, monotonic())

    def _look(self, due: float, began: float) -> None:
        self._timer = None
        now = monotonic()
        self.lag = max(began - due, 0.0)
        # Many short steps make nobody wait long, and leave no time either: then some of them are in every turn.
        works = self.lag > REST or now - began > EMPTY
        self.busy += (works - self.busy) * min((LOOK_EVERY + self.lag) / _MEMORY, 1.0)
        steps, line = self.lag * STEPS, self.turns.line() + self._line() * STATEMENTS
        self.requests.judge(steps, self._target, now)
        self.executions.judge(steps + line, self._target, now)
        # Nobody need join a line that is too long already.
        self.executions.cap(self.executions.in_flight if line > self._target else self.executions.most)
        # To refuse one once it is known what he asks costs five times as much: so there is no going back and forth.
        self._has_no_time = self.busy > (AT_EASE if self._has_no_time else BUSY)
        self.requests.cap(self.executions.limit if self._has_no_time else self.requests.most)
        if self.requests.is_calm and self.executions.is_calm:
            self.lag = self.busy = 0.0
        else:
            self._look_later()
