"""One connection that lasts: why it ends, and when its token does."""

import asyncio
from dataclasses import dataclass
from enum import Enum
from time import time

from core.access_tokens import AccessTokens
from core.viewer import ANONYMOUS, Viewer
from db.database import Database
from server.authentication import authenticate, claims_of
from server.events.subscription import Seat


class Why(Enum):
    """Why a connection is ended from this side."""

    LATE = "nothing was said"
    EXPIRED = "the token has expired, or the session was ended"
    SLOW = "the client does not read"
    STOPS = "the process stops"


@dataclass(frozen=True, slots=True)
class Token:
    """An access token as it came: it is held against its session again for each operation."""

    header: str | None
    tokens: AccessTokens
    database: Database

    async def viewer(self) -> Viewer:
        """Who asks; raises UnauthenticatedError, or what a read raises."""
        return await authenticate(self.header, self.tokens, self.database)

    @property
    def seconds(self) -> float | None:
        """How long it holds yet; None for nobody's."""
        return None if self.header is None else claims_of(self.header, self.tokens).holds_until - time()


class Lasting:
    """Whatever ends a connection says so here, and whoever serves it waits for that."""

    def __init__(self) -> None:
        self.ended: asyncio.Future[Why] = asyncio.get_running_loop().create_future()
        self.seat = Seat(ANONYMOUS, self._left)
        self._timers: dict[Why, asyncio.TimerHandle] = {}

    def end(self, why: Why) -> None:
        """End it, if nothing did before."""
        if not self.ended.done():
            self.ended.set_result(why)

    def end_after(self, seconds: float | None, why: Why) -> None:
        """End it later, for a reason for which it then no longer ends at an earlier time; None: never."""
        timer = self._timers.pop(why, None)
        if timer is not None:
            timer.cancel()
        if seconds is not None:
            self._timers[why] = asyncio.get_running_loop().call_later(max(seconds, 0.0), self.end, why)

    def close(self) -> None:
        """Wait for nothing any more."""
        for timer in self._timers.values():
            timer.cancel()

    def _left(self) -> None:
        self.end(Why.SLOW if self.seat.is_blocked else Why.EXPIRED)
