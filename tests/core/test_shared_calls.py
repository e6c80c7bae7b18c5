import asyncio

import pytest

from core.shared_call import SharedCall


class Calls:
    """A call that ends when the test lets it."""

    def __init__(self) -> None:
        self.sent = 0
        self.may_end = asyncio.Event()
        self.shared = SharedCall(self._call)

    async def _call(self) -> None:
        self.sent += 1
        await self.may_end.wait()


async def test_a_call_is_sent_at_once_where_none_is_under_way() -> None:
    calls = Calls()
    waiter = calls.shared()
    await asyncio.sleep(0)
    assert calls.sent == 1
    calls.may_end.set()
    await waiter


async def test_who_asks_while_a_call_is_under_way_waits_for_another() -> None:
    calls = Calls()
    first = calls.shared()
    await asyncio.sleep(0)
    second = calls.shared()
    calls.may_end.set()
    await first
    assert not second.done()
    await second
    assert calls.sent == 2


async def test_those_who_are_answered_and_ask_again_at_once_share_the_next_call_with_who_waits() -> None:
    sent = 0

    async def call() -> None:
        nonlocal sent
        sent += 1
        for _ in range(3):
            await asyncio.sleep(0)

    shared = SharedCall(call)

    async def ask(times: int) -> None:
        for _ in range(times):
            await shared()

    first = asyncio.create_task(ask(10))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.gather(first, ask(10))
    assert sent == 11


async def test_a_failure_is_theirs_who_waited_for_the_call() -> None:
    failures = [ValueError("first")]

    async def call() -> None:
        if failures:
            raise failures.pop()

    shared = SharedCall(call)
    first = shared()
    await asyncio.sleep(0)
    second = shared()
    with pytest.raises(ValueError, match="first"):
        await first
    await second
