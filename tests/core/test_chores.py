import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from core import chores
from core.chores import beside, goes_on


@pytest.fixture(autouse=True)
async def in_time() -> AsyncIterator[None]:
    async with asyncio.timeout(60):
        yield


async def test_a_chore_goes_on_while_the_block_runs_and_no_longer() -> None:
    turns, went_on = 0, asyncio.Event()

    async def chore() -> None:
        nonlocal turns
        while True:
            turns += 1
            if turns == 3:
                went_on.set()
            await asyncio.sleep(0)

    async with beside(chore()):
        await went_on.wait()
    ended_after = turns
    await asyncio.sleep(0.01)
    assert turns == ended_after


async def test_one_that_takes_a_cancellation_for_something_else_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chores, "AGAIN_AFTER", 0.01)
    swallowed = 0

    async def deaf() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                if swallowed == 3:
                    raise
                swallowed += 1

    async with beside(deaf()):
        await asyncio.sleep(0)
    assert swallowed == 3


async def test_what_ended_by_itself_or_failed_is_no_trouble() -> None:
    async def ends() -> None:
        pass

    async def fails() -> None:
        raise ValueError("its own")

    async with beside(ends(), fails()):
        await asyncio.sleep(0.01)


async def test_what_the_block_raises_comes_out_when_all_have_ended() -> None:
    ended = asyncio.Event()

    async def chore() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            ended.set()

    async def block() -> None:
        async with beside(chore()):
            await asyncio.sleep(0)
            raise ValueError("the block's")

    with pytest.raises(ValueError, match="the block's"):
        await block()
    assert ended.is_set()


async def test_who_is_cancelled_while_he_waits_for_the_ends_waits_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chores, "AGAIN_AFTER", 0.01)
    swallowed, ended = 0, False

    async def deaf() -> None:
        nonlocal swallowed, ended
        while swallowed < 10:
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                swallowed += 1
        ended = True

    async def outer() -> None:
        async with beside(deaf()):
            await asyncio.sleep(100)

    task = asyncio.create_task(outer())
    await asyncio.sleep(0.01)
    while not task.done():
        task.cancel()
        await asyncio.sleep(0.015)
    assert ended
    assert task.cancelled()


async def test_a_chore_knows_that_it_shall_end_though_it_was_deaf() -> None:
    turns = 0

    async def chore() -> None:
        nonlocal turns
        while goes_on():
            turns += 1
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(100)

    async with beside(chore()):
        await asyncio.sleep(0.01)
    assert turns == 1
