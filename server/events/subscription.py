"""One who waits for events, and who he is."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic

from core.viewer import RoleName, Viewer
from db.events import Event
from db.snapshot import Snapshot
from gql.events.topic import Topic

BLOCKED_AFTER = 0.25
"""Seconds of one send after which its client, and not this process, is what is slow."""


class TooSlowError(Exception):
    """So many events wait for him that no more are kept."""


class Seat:
    """Who listens, by one connection: his role is that which he has now."""

    def __init__(self, viewer: Viewer, leave: Callable[[], None]) -> None:
        """`leave` is called when his session was ended."""
        self.viewer = viewer
        self.leave = leave
        self.sending_since: float | None = None
        """When the send began that is not done yet."""

    def has_role(self, role: RoleName | None) -> None:
        """Note his new role."""
        if role is not None:
            self.viewer = self.viewer.with_role(role)

    @property
    def is_blocked(self) -> bool:
        """Whether his client does not read."""
        return self.sending_since is not None and monotonic() - self.sending_since > BLOCKED_AFTER


class Subscription:
    """A bounded queue of events; a bound that is only reached where its client does not read, for the hub waits."""

    __slots__ = ("_error", "_most", "_queue", "_waiter", "after", "before", "seat", "topic")

    def __init__(self, topic: Topic, seat: Seat, after: int, most: int) -> None:
        self.topic = topic
        self.seat = seat
        self.after = after
        """The place of the last event that he does not need."""
        self.before: Snapshot | None = None
        """What was committed before this he does not need either."""
        self._most = most
        self._queue: deque[Event] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._error: Exception | None = None

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, event: Event) -> None:
        """Add an event, if it is one of his."""
        if event.position <= self.after or not self.topic.has(event) or self._error is not None:
            return
        if len(self._queue) >= self._most:
            self._queue.clear()
            self.end(TooSlowError())
            return
        self._queue.append(event)
        self._wake()

    def begin_anew(self, gap: Event) -> None:
        """Go on at a gap in another log, whose places and transactions say nothing of those before."""
        self._queue.clear()
        self._queue.append(gap)
        self.after, self.before = gap.position, None
        self._wake()

    def end(self, error: Exception) -> None:
        """Let him hear of nothing more."""
        self._error = error
        self._wake()

    async def next(self) -> Event:
        """The next event that he may be told of.

        Raises:
            TooSlowError: he did not read.

        """
        while True:
            while not self._queue:
                if self._error is not None:
                    raise self._error
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter
            event = self._queue.popleft()
            self.after = event.position
            if (self.before is None or not self.before.sees(event.xid)) and event.may_be_told(self.seat.viewer):
                return event

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
