"""No release takes anything away from clients that was not announced: schema.graphql against the last released one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from graphql import parse

from tests.release.gate import faults, removal_date
from tests.release.pairs import BASE, PAIRS, TODAY, Pair

ROOT = Path(__file__).parents[2]
SCHEMA, RELEASED = (ROOT / name for name in ("schema.graphql", "schema.released.graphql"))


def test_nothing_is_taken_away_from_clients() -> None:
    today = datetime.now(UTC).date()
    assert faults(RELEASED.read_text(), SCHEMA.read_text(), today) == [], "deprecate it first: see CONTRIBUTING.md"


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_the_gate_lets_through_what_clients_can_live_with(pair: Pair) -> None:
    found = faults(BASE, pair.new, TODAY)
    assert {one.partition(":")[0] for one in found} == set(pair.kinds), found


def test_what_is_released_is_a_schema() -> None:
    assert parse(RELEASED.read_text()).definitions


@pytest.mark.parametrize(
    ("reason", "day"),
    [
        ("Use title; removed after 2027-06-01.", "2027-06-01"),
        ("removed after 2027-06-01", "2027-06-01"),
        ("Use title.", "None"),
        ("Use title since 2027-06-01.", "None"),
        ("removed after 2027-02-30", "None"),
        ("removed after 20270-06-01", "None"),
    ],
)
def test_a_reason_says_when_something_goes(reason: str, day: str) -> None:
    assert str(removal_date(reason)) == day
