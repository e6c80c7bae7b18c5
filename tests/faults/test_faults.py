"""Under load, whatever fails: no read is older than what was known, none fails without need, and hits come back."""

import asyncio
from time import perf_counter

import pytest

from tests.faults import faults_at_once, faults_of_others, faults_of_redis
from tests.faults.load import Load, loaded
from tests.faults.scenario import Scenario
from tests.faults.world import World
from tests.fixtures.budget import PROVE, SECONDS, SLACK, luck

FAULTS = faults_of_redis.FAULTS | faults_of_others.FAULTS | (faults_at_once.FAULTS if PROVE else {})
SHARE = SECONDS * 0.6 / 2 / len(FAULTS) if PROVE else 0.0
"""Seconds for each fault under each plane: again and again in `make prove`, once in `make test`."""


async def _again_and_again(world: World, load: Load, title: str, scenario: Scenario) -> None:
    """Make the fault, wait until hits are back, as long as there is time."""
    random, ends, patience = luck(title), perf_counter() + SHARE, scenario.recovery * SLACK
    assert await load.hits_back(perf_counter(), patience) is not None, "there are hits before any fault"
    while True:
        await scenario.make(world, load, random)
        load.figures.faults += 1
        back = await load.hits_back(perf_counter(), patience)
        assert back is not None, f"no hits {patience:g} s after the fault"
        load.figures.back.append(back)
        if perf_counter() >= ends:
            break
        await load.sleep(random.random())
    async with asyncio.timeout(patience):
        while not load.figures.writes["acknowledged"]:
            await load.sleep(0.05)


@pytest.mark.parametrize("title", FAULTS)
async def test_under_load_when(world: World, title: str) -> None:
    scenario = FAULTS[title]
    load = await loaded(world.blog, world.database_url, world.servers, luck(f"load of {title}"))
    async with load.running():
        await _again_and_again(world, load, title, scenario)
    print(f"\n{title}: {load.figures}, {load.history.violations} violations")  # noqa: T201
    assert load.history.violations == 0, load.history.told
    unexpected = load.figures.unexpected()
    assert unexpected == [], f"{len(unexpected)} reads failed: {unexpected[:5]}"
    assert load.figures.slowest(0.99) < scenario.slowest * SLACK
    assert load.figures.slowest() < 4 * scenario.slowest * SLACK
    assert load.figures.writes["acknowledged"] > 0
