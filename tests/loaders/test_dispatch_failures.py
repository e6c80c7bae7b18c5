"""Loaders whose fetch fails, and askers who give up: nobody takes anything from anybody else."""

import asyncio

import pytest

from loaders.dispatch import BatchError, Loader, Scheduler
from tests.model.source import Source, rounds


@pytest.fixture
def source() -> Source:
    return Source()


async def test_a_failure_reaches_all_of_its_batch_and_is_not_remembered(source: Source) -> None:
    source.failures.append(LookupError("the table is gone"))
    results = await asyncio.gather(source.loader.load(1), source.loader.load(2), return_exceptions=True)
    assert [str(result) for result in results] == ["the table is gone"] * 2
    assert await source.loader.load_many([1, 2]) == [10, 20]


async def test_who_waits_for_a_key_that_is_coming_gets_its_failure(source: Source) -> None:
    source.gate = asyncio.Event()
    first = source.loader.load(1)
    await rounds(20)
    second = source.loader.load_many([1, 2])
    await rounds(20)
    source.failures += [LookupError("second"), LookupError("first")]
    source.gate.set()
    results = await asyncio.gather(first, second, return_exceptions=True)
    assert all(isinstance(result, LookupError) for result in results)
    assert await source.loader.load_many([1, 2]) == [10, 20]


async def test_a_failure_that_nobody_awaits_disturbs_nobody(source: Source) -> None:
    source.failures.append(LookupError("nobody asks"))
    source.loader.load(1)
    await rounds(20)
    assert source.batches == [[1]]


@pytest.mark.parametrize(("answer", "said"), [([], "0 values"), ([1], r"1 values \(1\)"), ([1] * 9, "9 values")])
async def test_an_answer_of_another_length_is_explained(answer: list[int], said: str) -> None:
    async def fetch(keys: list[int]) -> list[int]:
        del keys
        return answer

    loader: Loader[int, int] = Loader("posts.by_id", fetch, Scheduler())
    with pytest.raises(BatchError, match=rf"posts\.by_id .* 5 keys \(1, 2, 3 …\) .*{said}"):
        await loader.load_many([1, 2, 3, 4, 5])


async def test_who_gives_up_takes_nothing_from_the_others(source: Source) -> None:
    source.gate = asyncio.Event()

    async def ask() -> int:
        return await source.loader.load(1)

    impatient, patient = asyncio.create_task(ask()), source.loader.load(2)
    await rounds(20)
    impatient.cancel()
    await rounds(5)
    source.gate.set()
    assert await patient == 20
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert await source.loader.load(1) == 10


async def test_two_who_ask_for_the_same_key_do_not_cancel_each_other(source: Source) -> None:
    source.gate = asyncio.Event()

    async def ask() -> int:
        return await source.loader.load(1)

    impatient, patient = asyncio.create_task(ask()), asyncio.create_task(ask())
    await rounds(20)
    impatient.cancel()
    await rounds(5)
    source.gate.set()
    assert await patient == 10


async def test_closing_ends_what_is_on_its_way_and_starts_nothing_more() -> None:
    scheduler, ended = Scheduler(), list[str]()

    async def fetch(keys: list[int]) -> list[int]:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("fetch")
        return keys

    loader: Loader[int, int] = Loader("endless", fetch, scheduler)
    on_its_way = loader.load(1)
    await rounds(20)
    waiting = loader.load(2)
    scheduler.close()
    async with asyncio.timeout(60):
        await rounds(20)
    assert ended == ["fetch"]
    assert on_its_way.cancelled()
    assert not waiting.done() or waiting.cancelled()


async def test_who_gives_up_first_does_not_cancel_a_later_batch_that_waits_for_the_same_key(source: Source) -> None:
    source.gate = asyncio.Event()
    impatient = source.loader.load(1)
    await rounds(20)
    patient = source.loader.load_many([1, 2])
    await rounds(20)
    impatient.cancel()
    source.gate.set()
    assert await patient == [10, 20]
