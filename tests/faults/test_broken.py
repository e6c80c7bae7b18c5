"""With a safeguard switched off the harness turns red: a checker that never failed proves nothing."""

from time import perf_counter

import pytest

from tests.faults.broken import BROKEN, SOUND
from tests.faults.load import loaded
from tests.faults.world import World
from tests.fixtures.budget import PROVE, luck

CAUGHT_WITHIN = 60.0
"""Seconds; most are caught in less than one."""
SHORT = ("it never looks", "it does not mark, and does not tell")
"""Those of `make test`: they are caught at once. Others take luck, and the minutes of `make prove`."""


@pytest.mark.parametrize("variant", BROKEN if PROVE else SHORT)
async def test_a_server_is_caught_if(world: World, variant: str) -> None:
    async with world.broken(variant, BROKEN[variant][0]) as servers:
        load = await loaded(world.blog, world.database_url, servers, luck(variant), readers=16, longest_rest=0.05)
        async with load.running():
            began = perf_counter()
            while load.history.first_at is None and perf_counter() - began < CAUGHT_WITHIN:
                await load.sleep(0.02)
    assert load.history.first_at is not None, f"not caught in {CAUGHT_WITHIN:g} s: {load.figures}"
    reads = len(load.figures.reads)
    print(f"\n{variant}: caught after {load.history.first_at - began:.2f} s, {reads} reads: {load.history.told[0]}")  # noqa: T201


@pytest.mark.skipif(not PROVE, reason="`make prove` has the time")
@pytest.mark.parametrize("variant", SOUND)
async def test_a_server_is_not_caught_though(world: World, variant: str) -> None:
    async with world.broken(variant, SOUND[variant][0]) as servers:
        load = await loaded(world.blog, world.database_url, servers, luck(variant), readers=16, longest_rest=0.05)
        async with load.running():
            await load.sleep(CAUGHT_WITHIN)
    assert load.history.first_at is None, load.history.told
