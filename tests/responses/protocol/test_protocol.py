"""The protocol has no reachable state that breaks its promise, and each weaker variant has one."""

import os
import sys
from itertools import chain

import pytest

from tests.responses.protocol.configurations import LARGE, SMALL
from tests.responses.protocol.search import Found, search, stuck
from tests.responses.protocol.state import Config
from tests.responses.protocol.variants import VARIANTS

PROVE = os.environ.get("HYPOTHESIS_PROFILE") == "prove"
BY_NAME = {config.name: config for config in chain(SMALL, LARGE)}
CLOSING = frozenset({"closed", "emptied", "restored", "timeout"})


def name(config: Config) -> str:
    return config.name


def tell(capsys: pytest.CaptureFixture[str], what: str, found: Found) -> None:
    if PROVE:
        steps = f", found out in {len(found.trace)} steps" if found.trace else ""
        with capsys.disabled():
            sys.stdout.write(f"\n{what}: {found.states:,} states, {found.seconds:.2f} s{steps}")


@pytest.mark.parametrize("config", [*SMALL, *(LARGE if PROVE else ())], ids=name)
def test_keeps_its_promise_in_every_reachable_state(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    found = search(config)
    tell(capsys, config.name, found)
    assert found.trace == ()
    assert found.states >= 100
    assert min(found.facts[fact] for fact in ("all committed", "hit", "hit of a new state")) > 0
    if len(config.queries) > 1:
        assert found.facts["untouched stays"] > 100
    if config.starts_closed or config.faults & CLOSING:
        assert found.facts["opened again"] > 0
        assert found.facts["hit after opening again"] > 0


@pytest.mark.parametrize("broken", VARIANTS)
def test_finds_out_every_weaker_variant(broken: str, capsys: pytest.CaptureFixture[str]) -> None:
    variant = VARIANTS[broken]
    found = search(BY_NAME[variant.configuration], broken)
    tell(capsys, broken, found)
    assert found.violation, variant.says


@pytest.mark.parametrize("config", ["time-outs", "emptied", "restored", "raw SQL, restart", "opener dies"])
def test_comes_back_to_serving_hits_from_wherever_it_is(config: str) -> None:
    states, hopeless = stuck(BY_NAME[config])
    assert states > 100
    assert hopeless == 0
