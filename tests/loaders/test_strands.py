"""Coroutines side by side in one task: as `asyncio.gather` would run them, whatever fails and whoever is cancelled."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import ContextVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.strands import side_by_side
from tests.model.examples import examples
from tests.model.source import rounds

PLANS = st.lists(
    st.tuples(
        # After how many rounds what it waits for comes, one after the other; 0: it is there already.
        st.lists(st.integers(0, 4), max_size=4),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)


NUMBER: ContextVar[int] = ContextVar("number", default=0)


class Play:
    """Coroutines by a plan, and what happened to each."""

    def __init__(self, plans: list[tuple[list[int], bool]]) -> None:
        self.events = [list[str]() for _ in plans]
        self.coroutines = [self._one(number, *plan) for number, plan in enumerate(plans)]

    async def _one(self, number: int, waits: list[int], fails: bool) -> None:
        told = self.events[number].append
        try:
            for wait in waits:
                told("waits")
                await _after(wait)
            told(_result(number, fails=fails))
        except asyncio.CancelledError:
            told("cancelled")
            raise
        except ValueError:
            told("failed")
            raise


def _result(number: int, *, fails: bool) -> str:
    if fails:
        raise ValueError(number)
    return "done"


async def _after(wait: int) -> None:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()

    def pass_round(left: int) -> None:
        if future.cancelled():
            return
        if left:
            loop.call_soon(pass_round, left - 1)
        else:
            future.set_result(None)

    pass_round(wait)
    await future


async def _gathered(play: Play) -> None:
    """All of them, each in a task, until all have ended."""
    tasks = [asyncio.ensure_future(one) for one in play.coroutines]
    try:
        await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        for task in tasks:
            await asyncio.wait([task])


async def _played(
    plans: list[tuple[list[int], bool]], run: Callable[[Play], Awaitable[None]], leaves_after: int | None
) -> tuple[list[list[str]], bool]:
    play = Play(plans)

    async def all_of_it() -> None:
        with suppress(ValueError):
            await run(play)

    task = asyncio.create_task(all_of_it())
    if leaves_after is not None:
        await rounds(leaves_after)
        task.cancel()
    await asyncio.wait([task])
    return play.events, task.cancelled()


@examples(300)
@given(plans=PLANS)
async def test_each_goes_as_in_a_task(plans: list[tuple[list[int], bool]]) -> None:
    ours = await _played(plans, lambda play: side_by_side(play.coroutines), None)
    assert ours == await _played(plans, _gathered, None)


@examples(300)
@given(plans=PLANS, after=st.integers(1, 10))
async def test_who_leaves_takes_along_what_still_waits(plans: list[tuple[list[int], bool]], after: int) -> None:
    events, cancelled = await _played(plans, lambda play: side_by_side(play.coroutines), after)
    for each, (waits, fails) in zip(events, plans, strict=True):
        whole = ["waits"] * len(waits) + ["failed" if fails else "done"]
        assert each == whole or (cancelled and each[-1] == "cancelled" and each[:-1] == whole[: len(each) - 1])


async def test_one_that_does_not_wait_just_then_is_cancelled_where_it_waits_next() -> None:
    reached = list[str]()

    async def goes_on() -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        reached.append("waits")
        await asyncio.get_running_loop().create_future()
        reached.append("never")

    task = asyncio.create_task(side_by_side([goes_on(), goes_on()]))
    await rounds(1)
    task.cancel()
    async with asyncio.timeout(10):
        await asyncio.wait([task])
    assert task.cancelled()
    assert reached == ["waits", "waits"]


async def test_the_first_error_is_raised_once_all_have_ended() -> None:
    play = Play([([3], True), ([1], True), ([4], False)])
    with pytest.raises(ValueError, match="1"):
        await side_by_side(play.coroutines)
    assert [each[-1] for each in play.events] == ["failed", "failed", "done"]


async def test_one_may_wait_for_another() -> None:
    come = asyncio.Event()

    async def waits() -> None:
        await come.wait()

    async def comes() -> None:
        await asyncio.sleep(0)  # lets others go first
        come.set()

    async with asyncio.timeout(10):
        await side_by_side([waits(), comes()])


async def test_each_has_context_variables_of_its_own() -> None:
    seen = list[int]()

    async def sees(number: int) -> None:
        token = NUMBER.set(number)
        for _ in range(3):
            await _after(1)
            seen.append(NUMBER.get())
        NUMBER.reset(token)

    await side_by_side([sees(1), sees(2)])
    assert seen == [1, 2] * 3
    assert NUMBER.get() == 0


async def test_none_is_done_at_once() -> None:
    await side_by_side([])
