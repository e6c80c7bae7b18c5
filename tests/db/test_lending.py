"""Connections on loan from the pool: each to one at a time, none ever lost, whoever is cancelled and whatever fails."""

import asyncio
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from core.settings import load_settings
from db import lending
from db.connections import Connections
from db.lending import Lending
from tests.db.lenders import OUTCOMES, Outcome, Pool
from tests.model.examples import examples
from tests.model.source import rounds

LONG = 1_000.0


def connections_of(pool: Pool, timeout: float = LONG) -> Connections:
    connections = Connections(load_settings(), "postgresql://nowhere")
    connections._lending = Lending(pool.borrow, pool.give_back, most=pool.most, timeout=timeout)
    return connections


def fetch(connections: Connections, outcome: Outcome = "answered", pause: int = 1) -> Any:
    """A statement of the fake driver."""
    arguments: list[Any] = [pause]
    return asyncio.create_task(connections.fetch(outcome, arguments))


@dataclass(frozen=True)
class Ask:
    """A statement, when it is asked, and when whoever asks leaves."""

    after: int
    pause: int
    outcome: Outcome
    cancelled_after: int | None


ASKS = st.builds(
    Ask,
    after=st.integers(0, 3),
    pause=st.integers(0, 5),
    outcome=st.sampled_from((*OUTCOMES[:1] * 3, *OUTCOMES)),
    cancelled_after=st.none() | st.integers(0, 12),
)

ERRORS: dict[Outcome, type[Any]] = {
    "answered": type(None),
    "refused": asyncpg.QueryCanceledError,
    "lost": asyncpg.ConnectionDoesNotExistError,
    "odd": ValueError,
}


class Play:
    """Rounds of the event loop in which some ask, some leave, and the server closes what is idle."""

    def __init__(self, pool: Pool, sweep_every: int, closed_by_server: set[int]) -> None:
        self.pool = pool
        self.connections = connections_of(pool)
        self.asked: list[tuple[Ask, Any]] = []
        self._now = 0
        self._sweep_every = sweep_every
        self._closed_by_server = closed_by_server
        self._leaving: dict[int, list[Any]] = {}

    async def ask(self, ask: Ask) -> None:
        for _ in range(ask.after):
            await self._pass_round()
        task = fetch(self.connections, ask.outcome, ask.pause)
        self.asked.append((ask, task))
        if ask.cancelled_after is not None:
            self._leaving.setdefault(self._now + 1 + ask.cancelled_after, []).append(task)

    async def end(self) -> None:
        for _ in range(1_000):
            await self._pass_round()
            settling = self.connections._lending._settling
            if not self._leaving and not settling and all(task.done() for _, task in self.asked):
                return
        raise AssertionError("somebody waits for what never comes")

    async def _pass_round(self) -> None:
        lent = self.connections._lending
        self._now += 1
        await rounds(1)
        if self._now in self._closed_by_server:
            for loan in self.pool.out:
                loan.driver_connection.closed = not loan.driver_connection.running
        for task in self._leaving.pop(self._now, ()):
            task.cancel()
        if self._now % self._sweep_every == 0 and lent._sweeper is not None:
            lent._sweeper.cancel()
            lent._sweep()
        waiting = [turn for _, turn in lent._waiting if not turn.done()]
        assert not waiting or (not lent._idle and not lent._places), "somebody waits for what is there"
        idle: list[Any] = [one.driver for one in lent._idle]
        assert not any(driver.running for driver in idle)


@examples(300)
@given(
    asks=st.lists(ASKS, min_size=1, max_size=30),
    most=st.integers(1, 3),
    pauses=st.lists(st.integers(-2, 4), min_size=1, max_size=6),
    ends_badly=st.booleans(),
    sweep_every=st.integers(1, 9),
    closed_by_server=st.sets(st.integers(1, 30), max_size=4),
)
async def test_whoever_leaves_and_whatever_fails_each_has_his_own_and_none_is_lost(
    asks: list[Ask],
    most: int,
    pauses: list[int],
    ends_badly: bool,
    sweep_every: int,
    closed_by_server: set[int],
) -> None:
    play = Play(Pool(most, pauses, ends_badly=ends_badly), sweep_every, closed_by_server)
    lent = play.connections._lending
    for ask in asks:
        await play.ask(ask)
    await play.end()
    for ask, task in play.asked:
        if task.cancelled():
            assert ask.cancelled_after is not None
        else:
            assert isinstance(task.exception(), (ERRORS[ask.outcome], ConnectionRefusedError)), task
    assert len(play.pool.out) == len(lent._idle)
    assert lent._places + len(lent._idle) == most
    await play.connections.close()
    assert not play.pool.out
    assert lent._places == most


async def test_who_waits_longest_is_served_first() -> None:
    connections = connections_of(Pool(2, [1]))
    served: list[int] = []
    tasks = [fetch(connections, "answered", 3) for _ in range(9)]
    for number, task in enumerate(tasks):
        task.add_done_callback(lambda _, number=number: served.append(number))
    await rounds(2)
    tasks[4].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert [number for number in served if number != 4] == [0, 1, 2, 3, 5, 6, 7, 8]


async def test_a_newcomer_does_not_overtake_who_waits() -> None:
    connections = connections_of(Pool(1, [1]))
    first, second = fetch(connections, "answered", 2), fetch(connections, "answered", 2)
    await first
    newcomer = fetch(connections)
    await second
    assert not newcomer.done()
    assert await newcomer == [1]


async def test_who_waits_too_long_is_sent_away_and_the_others_wait_on() -> None:
    pool = Pool(1, [0])
    connections = connections_of(pool, timeout=0.1)
    busy = fetch(connections, "answered", 1_000_000)
    await rounds(2)
    early = fetch(connections)
    await asyncio.sleep(0.06)
    late = fetch(connections)
    with pytest.raises(PoolTimeoutError):
        await early
    assert not late.done()
    with pytest.raises(PoolTimeoutError):
        await late
    busy.cancel()
    await asyncio.wait([busy])
    assert await fetch(connections) == [1]


async def test_when_no_connection_can_be_opened_everybody_is_told_and_nobody_waits() -> None:
    connections = connections_of(Pool(1, [-1]), timeout=LONG)
    async with asyncio.timeout(5):
        found = await asyncio.gather(*(fetch(connections) for _ in range(5)), return_exceptions=True)
    assert [type(error) for error in found] == [ConnectionRefusedError] * 5


async def test_who_leaves_in_the_moment_he_is_served_takes_nothing_along() -> None:
    pool = Pool(1, [0])
    connections = connections_of(pool)
    first, second, third = (fetch(connections, "answered", 2) for _ in range(3))
    await rounds(1)
    first.add_done_callback(lambda _: second.cancel())
    async with asyncio.timeout(5):
        assert await third == [1]
    assert pool.opened == 1


async def test_what_was_opened_before_one_was_lost_is_replaced() -> None:
    pool = Pool(2, [0])
    connections = connections_of(pool)
    await asyncio.gather(fetch(connections, "answered", 2), fetch(connections, "answered", 2))
    assert pool.opened == 2
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await fetch(connections, "lost")
    assert await fetch(connections) == [3]
    assert len(pool.out) == 1


async def test_what_lies_idle_goes_back_to_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lending, "SWEEP_EVERY", 0.01)
    pool = Pool(3, [0])
    connections = connections_of(pool)
    await asyncio.gather(*(fetch(connections, "answered", 2) for _ in range(3)))
    assert len(pool.out) == 3
    async with asyncio.timeout(5):
        while pool.out:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    assert len(pool.back) == 3
    assert connections._lending._sweeper is None
    assert await fetch(connections) == [1]


async def test_what_is_never_idle_goes_back_to_the_pool_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lending, "SWEEP_EVERY", 0.001)
    pool = Pool(1, [0])
    connections = connections_of(pool)
    borrowed = 0
    borrow = pool.borrow

    async def counted() -> Any:
        nonlocal borrowed
        borrowed += 1
        return await borrow()

    connections._lending._borrow = counted
    async with asyncio.timeout(20):
        while borrowed < 3:
            await asyncio.gather(*(fetch(connections) for _ in range(20)))
    assert pool.opened == 1
