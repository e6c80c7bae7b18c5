"""Loaders: what is asked one by one leaves together, each key once."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.dispatch import QUIET_ROUNDS, Loader, Scheduler
from tests.model.examples import examples
from tests.model.source import Source, rounds


@pytest.fixture
def source() -> Source:
    return Source()


@examples(100)
@given(asked=st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=5), min_size=1, max_size=6))
async def test_each_key_is_fetched_once_and_each_ask_has_its_value(asked: list[list[int]]) -> None:
    source = Source()
    for keys in asked:
        assert await source.loader.load_many(keys) == [key * 10 for key in keys]
    fetched = Counter(key for batch in source.batches for key in batch)
    assert fetched == Counter({key for keys in asked for key in keys})


@examples(100)
@given(asks=st.lists(st.tuples(st.integers(0, 9), st.integers(0, QUIET_ROUNDS - 1)), min_size=1, max_size=12))
async def test_keys_of_neighbouring_rounds_leave_in_one_batch_in_the_order_they_came(
    asks: list[tuple[int, int]],
) -> None:
    source, futures = Source(), []
    for key, pause in asks:
        futures.append(source.loader.load(key))
        await rounds(pause)
    assert await asyncio.gather(*futures) == [key * 10 for key, _ in asks]
    assert source.batches == [list(dict.fromkeys(key for key, _ in asks))]


async def test_all_loaders_of_a_request_leave_together() -> None:
    scheduler, started = Scheduler(), list[str]()
    both = asyncio.Event()

    def loader(name: str) -> Loader[int, int]:
        async def fetch(keys: list[int]) -> list[int]:
            started.append(name)
            if len(started) == 2:
                both.set()
            await both.wait()  # neither ends before the other has begun
            return keys

        return Loader(name, fetch, scheduler)

    one, other = loader("one"), loader("other")
    async with asyncio.timeout(60):
        assert list(await asyncio.gather(one.load(1), other.load(2))) == [1, 2]


async def test_a_key_that_was_known_waits_for_its_siblings(source: Source) -> None:
    await source.loader.load(1)
    source.gate = asyncio.Event()
    known, new = source.loader.load(1), source.loader.load(2)
    await rounds(20)
    assert not known.done()
    source.gate.set()
    assert list(await asyncio.gather(known, new)) == [10, 20]
    assert source.batches == [[1], [2]]


async def test_a_key_that_is_coming_is_not_fetched_again(source: Source) -> None:
    source.gate = asyncio.Event()
    first = source.loader.load(1)
    await rounds(20)
    assert source.batches == [[1]]
    second = source.loader.load_many([1, 2])
    await rounds(20)
    assert source.batches == [[1], [2]]
    source.gate.set()
    assert (await first, await second) == (10, [10, 20])


async def test_what_is_primed_is_not_fetched_until_it_is_cleared(source: Source) -> None:
    source.loader.prime(1, 11)
    source.loader.prime(1, 12)
    assert await source.loader.load(1) == 11
    assert source.batches == []
    source.loader.clear(1)
    assert await source.loader.load(1) == 10
    assert source.batches == [[1]]
    source.loader.clear(7)


async def test_a_fetch_may_itself_load() -> None:
    scheduler = Scheduler()

    async def inner(keys: list[int]) -> list[int]:
        return [key + 1 for key in keys]

    async def outer(keys: list[int]) -> list[int]:
        return await below.load_many(keys)

    async def own(keys: list[int]) -> list[int]:
        return [0 if key == 0 else 1 + await itself.load(key - 1) for key in keys]

    below: Loader[int, int] = Loader("inner", inner, scheduler)
    above: Loader[int, int] = Loader("outer", outer, scheduler)
    itself: Loader[int, int] = Loader("own", own, scheduler)
    async with asyncio.timeout(60):
        assert await above.load_many([1, 2]) == [2, 3]
        assert await itself.load(5) == 5


async def test_what_is_cleared_while_it_is_coming_is_fetched_again(source: Source) -> None:
    source.gate = asyncio.Event()
    stale = source.loader.load(1)
    await rounds(20)
    source.loader.clear(1)
    fresh = source.loader.load(1)
    await rounds(20)
    source.gate.set()
    assert list(await asyncio.gather(stale, fresh)) == [10, 10]
    await source.loader.load(1)
    assert source.batches == [[1], [1]]


async def test_what_was_cleared_while_it_was_coming_takes_no_place_of_what_came_after() -> None:
    gates = [asyncio.Event(), asyncio.Event()]
    values = iter(["stale", "fresh"])

    async def fetch(keys: list[int]) -> list[str]:
        value = next(values)
        await gates[value == "fresh"].wait()
        return [value] * len(keys)

    loader: Loader[int, str] = Loader("one", fetch, Scheduler())
    stale = loader.load(1)
    await rounds(20)
    loader.clear(1)
    fresh = loader.load(1)
    await rounds(20)
    gates[1].set()
    assert await fresh == "fresh"
    gates[0].set()
    assert await stale == "stale"
    assert await loader.load(1) == "fresh"
