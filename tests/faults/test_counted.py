"""Each fault is made under load, and it is counted what came of it: nothing lost, nothing twice, nothing wrong."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.faults.all_faults import FAULTS, Place, by_place, place_of
from tests.faults.counted import Counts, Fault, back, counted, wrong
from tests.faults.figures import HUNG_UP, UNAVAILABLE, Read
from tests.faults.grounds import SERVERS, grounds
from tests.faults.small_disk import NotHereError
from tests.faults.world import World
from tests.fixtures.budget import PROVE, SECONDS, luck

SCALE = min(1.0, SECONDS / 600)
TITLES = [title for _, titles in by_place() for title in titles if PROVE or FAULTS[title].short is not None]


class Worlds:
    """One at a time: the next test mostly wants the same."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._there: tuple[Place, World] | None = None

    async def at(self, place: Place) -> World:
        if self._there is None or self._there[0] != place:
            await self.close()
            self._there = place, await self._stack.enter_async_context(grounds(*place))
        return self._there[1]

    async def close(self) -> None:
        self._there = None
        await self._stack.aclose()


@pytest.fixture(scope="module")
async def worlds() -> AsyncIterator[Worlds]:
    made = Worlds()
    yield made
    await made.close()


def _seconds(fault: Fault) -> float:
    return fault.seconds * SCALE if PROVE else fault.short or 0.0


@pytest.mark.parametrize("title", TITLES)
async def test_it_is_counted_what_comes_of_it_when(worlds: Worlds, title: str) -> None:
    fault = FAULTS[title]
    try:
        counts = await counted(await worlds.at(place_of(title)), fault, _seconds(fault), luck(title))
    except NotHereError as error:
        pytest.skip(str(error))
    print(f"\n{title}: {counts}")  # noqa: T201
    assert wrong(fault, counts, fault.workers or SERVERS) == []


def _read(began: float, ended: float, error: str | None = None, server: int = 0) -> Read:
    return Read(server, began, ended, hit=False, error=error)


def test_it_is_well_again_when_every_process_answers_and_none_fails_any_more() -> None:
    good, late = _read(11.0, 11.5), _read(11.0, 12.0, server=1)
    assert back([good], 10.0, 1) == 1.5
    assert back([good], 10.0, 2) == -1, "the other did not answer"
    assert back([good, late], 10.0, 2) == 2.0
    assert back([good, late, _read(12.0, 13.0, UNAVAILABLE)], 10.0, 2) == 3.0
    assert back([_read(9.0, 10.5)], 10.0, 1) == -1, "it was asked before the end"
    assert back([_read(8.0, 9.0, UNAVAILABLE), good], 10.0, 1) == 1.5, "it failed before the end"


_WELL = {"acknowledged": 1, "read_back": 1.0, "write_back": 1.0}


@pytest.mark.parametrize(
    "figures",
    [
        {"lost": 1},
        {"duplicates": 1},
        {"stale": 1},
        {"errors": {"INTERNAL_SERVER_ERROR": 1}},
        {"read_back": -1.0},
        {"write_back": 1_000.0},
        {"slowest": 1_000.0},
        {"not_live": 1},
        {"busy": 1},
        {"connections": (1, 1_000)},
        {"tasks": (1, 100)},
        {"grown": 1_000.0},
        {"acknowledged": 0},
    ],
    ids=lambda figures: next(iter(figures)),
)
def test_what_must_not_be_is_noticed(figures: dict[str, object]) -> None:
    fault = FAULTS["PostgreSQL restarts (fast)"]
    assert wrong(fault, Counts(**_WELL), 2) == []  # type: ignore[arg-type]
    assert len(wrong(fault, Counts(**{**_WELL, **figures}), 2)) == 1  # type: ignore[arg-type]


def test_nobody_may_be_told_of_a_fault_of_redis() -> None:
    fault = FAULTS["Redis is killed, and comes back empty"]
    for told in (UNAVAILABLE, HUNG_UP):
        assert wrong(fault, Counts(errors={told: 1}, acknowledged=1, read_back=1, write_back=1), 2)
