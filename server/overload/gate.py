"""Who is let in: places for requests, judged by the event loop, and for executions, judged by the pool of connections.

There are two, for what is short need not be held up. A request whose answer is kept takes turns of the event loop, and
no connection: it is let in while others are refused for want of those. Where the event loop itself is late, there is no
time to find out what is asked, and all requests are alike.
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

GATE = "broadsheet.gate"
"""The name of the gate in the state of an application, which the server hands to all that it serves."""
PLACE = "broadsheet.place"
"""In the scope of a request that has a place."""
LOOK_EVERY = 0.02
"""Seconds between two looks at what is waited, while anybody must be watched."""


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
        # A request takes ten or twenty turns of the loop, a statement one connection.
        self._turn = settings.request_timeout / 100
        self._connection = settings.database_pool_timeout / 4
        self._line: Callable[[], float] = float
        self._timer: asyncio.TimerHandle | None = None
        self.requests = AdaptiveLimit(settings.max_requests, self._watch)
        self.executions = Executions(settings.max_requests, self._watch)
        self.lag = 0.0
        """Seconds that a turn of the event loop was waited for at the last look; 0 while nobody looks."""
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
        return not (self.is_draining or self.requests.is_full or self.lag > self._turn)

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
            self._look_later()

    def _look_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(LOOK_EVERY, self._turn_comes, loop, monotonic() + LOOK_EVERY)

    def _turn_comes(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        # Once more to the end of the queue: a timer may pass by those that are ready.
        self._timer = None
        loop.call_soon(self._look, due)

    def _look(self, due: float) -> None:
        now = monotonic()
        self.lag = max(now - due, 0.0)
        self.requests.judge(self.lag, self._turn, now)
        self.executions.judge(self._line(), self._connection, now)
        if self.requests.is_calm and self.executions.is_calm:
            self.lag = 0.0
        elif self._timer is None:
            self._look_later()
