"""Queries take turns: so many go on at once, and the rest wait, the first first."""

import asyncio
from random import Random

import pytest

from core.errors import UnavailableError
from core.settings import Settings
from server.overload import turns as module
from server.overload.gate import LOOK_EVERY
from server.overload.gate import Gate as Door
from server.overload.limit import LEAST
from server.overload.turns import EACH, EMPTY, Turns
from server.overload.turns import LOOK_EVERY as LOOK_AGAIN
from tests.overload.serving import PATIENCE, until


async def test_no_more_go_on_than_there_are_turns_and_they_come_in_order() -> None:
    turns, running, most, came = Turns(3, PATIENCE), 0, 0, list[int]()

    async def query(number: int) -> None:
        nonlocal running, most
        async with turns.one():
            came.append(number)
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.001)
            running -= 1

    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(query(number))
    assert most == 3
    assert came == list(range(20))
    assert turns.waiting == 0


def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop has something to do from now on, and nobody is taken for one that waits for the database."""
    monkeypatch.setattr(module, "EMPTY", -1.0)
    monkeypatch.setattr(module, "LONG", float("inf"))


async def going_on(turns: Turns, number: int, ended: asyncio.Event) -> list[int]:
    """Begin so many that end together; how many go on, and whether that changes, stands in what is returned."""
    counts = [0]

    async def query() -> None:
        async with turns.one():
            counts.append(counts[-1] + 1)
            await ended.wait()
            counts.append(counts[-1] - 1)

    for _ in range(number):
        asyncio.get_running_loop().create_task(query())
    return counts


async def test_where_all_wait_for_the_database_as_many_go_on_as_may() -> None:
    turns, ended = Turns(30, PATIENCE), asyncio.Event()
    counts = await going_on(turns, 40, ended)
    await until(lambda: counts[-1] == 30)
    assert turns.waiting == 10
    ended.set()
    await until(lambda: len(counts) == 81)
    assert (max(counts), counts[-1], turns.waiting) == (30, 0, 0)


async def test_where_the_processor_is_at_work_no_more_than_the_least_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0

    def clock() -> float:
        nonlocal now
        now += 2 * EMPTY  # whatever is done takes longer than nothing
        return now

    monkeypatch.setattr(module, "monotonic", clock)
    turns, ended = Turns(30, PATIENCE), asyncio.Event()
    counts = await going_on(turns, 40, ended)
    await asyncio.sleep(LOOK_AGAIN * 20)
    assert (counts[-1], turns.waiting) == (turns.least, 40 - turns.least)
    ended.set()
    await until(lambda: len(counts) == 81)
    assert (max(counts), counts[-1], turns.waiting) == (turns.least, 0, 0)


async def test_as_many_as_began_when_there_was_time_are_not_replaced_when_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns, ended = Turns(30, PATIENCE), asyncio.Event()
    counts = await going_on(turns, 20, ended)
    await until(lambda: counts[-1] == 20)
    busy(monkeypatch)
    over = asyncio.Event()
    later = await going_on(turns, 10, over)
    await asyncio.sleep(LOOK_AGAIN * 5)
    assert later[-1] == 0
    ended.set()
    await until(lambda: later[-1] == turns.least)
    over.set()
    await until(lambda: len(later) == 21)
    assert max(later) == turns.least


async def test_nobody_waits_behind_those_who_gave_up(monkeypatch: pytest.MonkeyPatch) -> None:
    busy(monkeypatch)
    turns, ended = Turns(30, PATIENCE), asyncio.Event()
    counts = await going_on(turns, turns.least, ended)
    await until(lambda: counts[-1] == turns.least)
    gives_up = asyncio.create_task(turns.one().__aenter__())
    await until(lambda: turns.waiting == 1)
    gives_up.cancel()
    ended.set()
    await asyncio.gather(gives_up, return_exceptions=True)
    next_one = await going_on(turns, 1, ended)
    await until(lambda: len(next_one) == 3)
    assert turns.waiting == 0


async def test_those_that_wait_long_for_the_database_keep_nobody_back(monkeypatch: pytest.MonkeyPatch) -> None:
    busy(monkeypatch)
    turns, ended = Turns(30, PATIENCE), asyncio.Event()
    slow = await going_on(turns, turns.least, ended)
    await until(lambda: slow[-1] == turns.least)
    quick, most = 0, 0

    async def query() -> None:
        nonlocal quick, most
        async with turns.one():
            quick += 1
            most = max(most, quick)
            await asyncio.sleep(0)
            quick -= 1

    tasks = [asyncio.create_task(query()) for _ in range(40)]
    await asyncio.sleep(LOOK_AGAIN * 5)
    assert most == 0
    monkeypatch.setattr(module, "LONG", 60.0)
    for turn in turns._going_on:
        turn.since -= 60.0
    await asyncio.gather(*tasks)
    assert (slow[-1], most) == (turns.least, turns.least)
    ended.set()
    await until(lambda: slow[-1] == 0)


async def test_nobody_looks_while_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    looks, look = 0, Turns._look

    def counted(turns: Turns, loop: asyncio.AbstractEventLoop, began: float) -> None:
        nonlocal looks
        looks += 1
        look(turns, loop, began)

    monkeypatch.setattr(Turns, "_look", counted)
    turns, ended = Turns(30, PATIENCE), asyncio.Event()
    counts = await going_on(turns, turns.least, ended)
    await until(lambda: counts[-1] == turns.least)
    assert looks == 0
    more = await going_on(turns, 1, ended)
    await until(lambda: more[-1] == 1)
    seen = looks
    assert seen > 0
    await asyncio.sleep(LOOK_AGAIN * 20)
    assert looks == seen
    ended.set()
    await until(lambda: len(counts) + len(more) == 2 * turns.least + 4)


async def test_who_gives_up_waiting_leaves_his_place_to_the_next() -> None:
    turns, held = Turns(1, PATIENCE), asyncio.Event()

    async def holds() -> None:
        async with turns.one():
            await held.wait()

    tasks = [asyncio.create_task(holds()) for _ in range(3)]
    await until(lambda: turns.waiting == 2)
    tasks[1].cancel()
    await until(lambda: turns.waiting == 1)
    held.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with turns.one():
        assert turns.waiting == 0


@pytest.mark.parametrize("seed", range(5))
async def test_whoever_gives_up_whenever_no_place_is_lost_and_none_is_won(seed: int) -> None:
    random, turns, running = Random(seed), Turns(3, 0.01), 0

    async def query() -> None:
        nonlocal running
        async with turns.one():
            running += 1
            assert running <= 3
            try:
                await asyncio.sleep(random.random() / 1_000)
            finally:
                running -= 1

    tasks = [asyncio.create_task(query()) for _ in range(200)]
    while not all(task.done() for task in tasks):
        for task in random.sample(tasks, 5):
            task.cancel()
        await asyncio.sleep(random.choice((0, 0, 0.0005)))
    assert any(not task.cancelled() and task.exception() is None for task in tasks)
    assert turns.waiting == 0
    for _ in range(3):
        await turns.one().__aenter__()
    with pytest.raises(UnavailableError):
        await turns.one().__aenter__()


async def test_the_line_is_as_long_as_its_first_has_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(module, "monotonic", lambda: now)
    turns = Turns(1, PATIENCE)
    assert turns.line() == 0.0
    async with turns.one():
        assert turns.line() == 0.0
        first = asyncio.create_task(turns.one().__aenter__())
        await until(lambda: turns.waiting)
        now += 2.0
        second = asyncio.create_task(turns.one().__aenter__())
        await until(lambda: turns.waiting == 2)
        now += 1.0
        assert turns.line() == 3.0
    began = await first
    assert turns.line() == 1.0
    turns.end(began)
    await second
    assert turns.line() == 0.0


def test_there_are_some_for_each_connection_that_a_query_may_have(settings: Settings) -> None:
    def most(**given: object) -> int:
        return Turns.of(settings.model_copy(update=given)).most

    assert most(database_pool_size=10, database_pool_overflow=5) == EACH * 15
    assert most(database_pool_size=1, database_pool_overflow=0) == LEAST
    replicas = type(settings.replica_urls)("postgresql://a/b,postgresql://c/d")
    assert most(database_pool_size=10, database_pool_overflow=5, replica_urls=replicas) == EACH * 15 * 3


async def test_a_line_that_is_too_long_is_closed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Door(settings)
    monkeypatch.setattr(gate, "_look_later", lambda: None)
    for _ in range(LEAST):
        gate.executions.take()
    monkeypatch.setattr(gate.turns, "line", lambda: settings.request_timeout)
    gate._look(LOOK_EVERY, LOOK_EVERY)
    assert gate.executions.is_full
    monkeypatch.setattr(gate.turns, "line", float)
    gate._look(LOOK_EVERY, LOOK_EVERY)
    assert not gate.executions.is_full
