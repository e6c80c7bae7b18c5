"""All who listen in this process: each event goes to those whom it concerns."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Self

from core.errors import ClientError, UnavailableError
from core.shared_call import SharedCall
from core.viewer import ROLES
from db.database import Database
from db.event_log import LogState, log_state, read_events
from db.events import ROLE_CHANGED, SESSION_ENDED, Event
from db.reads.sessions import viewer_of_session
from gql.events.topic import Topic
from server.events.subscription import Seat, Subscription

MOST_AHEAD = 64
"""Events that may wait for one who reads, before the next are handed out."""
LONGEST_WAIT = 5.0
"""Seconds that all wait for one to whom something is slow to tell; then his queue fills."""
PAGE = 200
"""Events of the past that are read at once."""
PAST_AT_ONCE, PAST_TRIES = 4, 6
LONGEST_SEND = 30.0
"""Seconds after which a client that does not read is cut off, however few events wait for him."""


class Heard:
    """Events that come; whoever is given these closes them, though he took none."""

    def __init__(self, events: AsyncGenerator[Event, None], leave: Callable[[], None] | None = None) -> None:
        self._events = events
        self._leave = leave

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        return await anext(self._events)

    async def aclose(self) -> None:
        """Take no more."""
        await self._events.aclose()
        if self._leave is not None:
            self._leave()


class Hub:
    """Knows the place up to which all were told."""

    def __init__(self, database: Database, most_queued: int) -> None:
        self._database = database
        self._most_queued = max(most_queued, 2 * MOST_AHEAD)
        self._subscriptions: dict[int | None, set[Subscription]] = {}
        """By the post that they are about."""
        self._seats: dict[int, dict[Seat, int]] = {}
        """By the user; with the number of subscriptions of each."""
        self._beginning = 0
        """How many are about to listen."""
        self.position: int | None = None
        """None while nobody follows the log."""
        self.history = ""
        """That of the log which is followed (`db.plane.HISTORY`)."""
        self.is_wanted = asyncio.Event()
        self._follows = asyncio.Event()
        self._state: LogState | None = None
        self._last: Event | None = None
        self._turns = asyncio.Semaphore(PAST_AT_ONCE)
        self._look = SharedCall(self._look_up)

    def __len__(self) -> int:
        return self._beginning + sum(map(len, self._subscriptions.values()))

    def queued(self) -> int:
        """Events that wait for subscribers."""
        return sum(map(len, self.all()))

    def all(self) -> Iterator[Subscription]:
        """All subscriptions."""
        return (one for some in list(self._subscriptions.values()) for one in list(some))

    async def follow(self) -> None:
        """Follow from the end of the log on, or go on where it was before.

        Raises:
            ClientError: the database cannot say how far the log goes.

        """
        state = await log_state(self._database.read())
        if self.position is None:
            self.position = state.position
        elif state.history != self.history and not await self._is_in(state):
            self.position = state.position
            for one in self.all():
                one.begin_anew(_gap(one.topic, state.position))
        self.history = state.history
        self._follows.set()

    async def is_the_same_log(self) -> bool:
        """Whether the log is still that which is followed, as far as the database can say."""
        try:
            return (await log_state(self._database.read())).history == self.history
        except ClientError:
            return True

    async def _is_in(self, state: LogState) -> bool:
        """Whether what was told stands in the log: a restart of PostgreSQL takes nothing from it, a restore may."""
        place, last = self._place, self._last
        if place > state.position:
            return False
        if last is None or place <= state.floor:
            return True
        found = await read_events(self._database.read(), place - 1, place, 1)
        return [(one.xid, one.at) for one in found] == [(last.xid, last.at)]

    def rest(self) -> None:
        """Follow no more, until somebody listens."""
        self.position = self._last = None
        self._follows.clear()
        self.is_wanted.clear()

    async def begun(self, topic: Topic, after: int | None, seat: Seat) -> "Heard":
        """The events of a topic, from now on, or after one; what this returns was begun already.

        Raises:
            ClientError: the database cannot say how far the log goes.

        """
        self._beginning += 1
        try:
            self.is_wanted.set()
            await self._follows.wait()
            if after is not None:
                await self._look()
                assert self._state is not None
                return Heard(self._resumed(topic, after, seat, self._state))
            subscription = self._join(topic, self._place, seat)
            try:
                # After he joined: what this look does not see comes to him.
                await self._look()
            except BaseException:
                self._leave(subscription)
                raise
            assert self._state is not None
            subscription.before = self._state.snapshot
            return Heard(self._live(subscription), partial(self._leave, subscription))
        finally:
            self._beginning -= 1

    async def take(self, events: Iterable[Event]) -> None:
        """Hand out events, in the order of their places; waits for those who read, and for nobody else."""
        for count, event in enumerate(events, 1):
            if event.kind in (ROLE_CHANGED, SESSION_ENDED):
                await self._changed_rights(event)
            self.position, self._last = event.position, event
            concerned = [None] if event.post_id is None else [None, event.post_id]
            if event.post_id is None:
                concerned = list(self._subscriptions)
            for post_id in concerned:
                for one in self._subscriptions.get(post_id, ()):
                    one.put(event)
            if count % (MOST_AHEAD // 2) == 0:
                await self._caught_up()
        await self._caught_up()

    def cut_off_blocked(self) -> None:
        """End those whose clients have not read for long."""
        for one in self.all():
            since = one.seat.sending_since
            if since is not None and monotonic() - since > LONGEST_SEND:
                one.seat.leave()

    @property
    def _place(self) -> int:
        assert self.position is not None
        return self.position

    async def _caught_up(self) -> None:
        until = monotonic() + LONGEST_WAIT
        while monotonic() < until and any(  # noqa: ASYNC110 - nobody tells
            len(one) > MOST_AHEAD and not one.seat.is_blocked for one in self.all()
        ):
            await asyncio.sleep(0.002)

    async def _look_up(self) -> None:
        self._state = await log_state(self._database.read())

    def _join(self, topic: Topic, after: int, seat: Seat) -> Subscription:
        subscription = Subscription(topic, seat, after, self._most_queued)
        self._subscriptions.setdefault(topic.post_id, set()).add(subscription)
        if seat.viewer.user_id is not None:
            seats = self._seats.setdefault(seat.viewer.user_id, {})
            seats[seat] = seats.get(seat, 0) + 1
        return subscription

    def _leave(self, subscription: Subscription) -> None:
        some = self._subscriptions.get(subscription.topic.post_id, set())
        if subscription not in some:
            return
        some.discard(subscription)
        if not some:
            self._subscriptions.pop(subscription.topic.post_id, None)
        seat = subscription.seat
        seats = self._seats.get(seat.viewer.user_id or 0)
        if seats is not None and seat in seats:
            seats[seat] -= 1
            if not seats[seat]:
                del seats[seat]
            if not seats:
                self._seats.pop(seat.viewer.user_id or 0, None)

    async def _live(self, subscription: Subscription) -> AsyncGenerator[Event, None]:
        try:
            while True:
                yield await subscription.next()
        finally:
            self._leave(subscription)

    async def _resumed(self, topic: Topic, after: int, seat: Seat, state: LogState) -> AsyncGenerator[Event, None]:
        place = after
        self._beginning += 1
        try:
            if not state.floor <= after <= state.position:
                place = state.floor
                yield _gap(topic, place)
            while place < self._place:
                until = self._place
                found = await self._past(topic, place, until)
                for event in found:
                    if topic.has(event) and event.may_be_told(seat.viewer):
                        yield event
                place = found[-1].position if len(found) == PAGE else until
            # Nothing awaits between this and the last look at the hub's place.
            subscription = self._join(topic, min(place, self._place), seat)
            if place > self._place:  # a restored log; what is told in it he has not heard
                subscription.begin_anew(_gap(topic, self._place))
        finally:
            self._beginning -= 1
        async for event in self._live(subscription):
            yield event

    async def _past(self, topic: Topic, after: int, until: int) -> list[Event]:
        """A page of the past; many may come again at once, and must not take all connections, nor fail for it."""
        for attempt in range(PAST_TRIES):
            with suppress(UnavailableError):
                async with self._turns:
                    return await read_events(self._database.read(), after, until, PAGE, topic.kinds, topic.post_id)
            await asyncio.sleep(0.1 * 2**attempt)
        return await read_events(self._database.read(), after, until, PAGE, topic.kinds, topic.post_id)

    async def _changed_rights(self, event: Event) -> None:
        if event.user_id is None:
            await self._ask_all()
            return
        for seat in list(self._seats.get(event.user_id, ())):
            if event.kind == ROLE_CHANGED:
                seat.has_role(next((role for role in ROLES if role == event.role), None))
            elif seat.viewer.session_id == event.session_id:
                seat.leave()

    async def _ask_all(self) -> None:
        """So many were changed at once that each must be asked for."""
        for user_id, seats in list(self._seats.items()):
            for seat in list(seats):
                viewer = await viewer_of_session(self._database.read(), user_id, seat.viewer.session_id or 0)
                if viewer is None:
                    seat.leave()
                else:
                    seat.has_role(viewer.role)


def _gap(topic: Topic, place: int) -> Event:
    kind = next(kind for kind in topic.kinds if kind.endswith("GAP"))
    return Event(0, datetime.now(UTC), kind, position=place)
