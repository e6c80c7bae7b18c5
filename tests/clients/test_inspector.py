"""GraphQL Inspector, which others use, thinks the same of schemas as the gate of our own."""

import json
import shutil
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.clients.node import installed, output_of
from tests.release.gate import expected_text, faults
from tests.release.pairs import BASE, PAIRS, TODAY
from tests.release.test_gate import RELEASED, SCHEMA

OURS_ALONE = {"NO_DATE", "EARLIER"}
"""Faults of how something is deprecated: Inspector knows no dates. What is due is taken out before it looks."""

pytestmark = pytest.mark.skipif(not shutil.which("npm"), reason="the Inspector is run by Node.js 20 or later")


async def opinions(pairs: list[tuple[str, str]]) -> list[list[dict[str, Any]]]:
    await installed()
    found: list[list[dict[str, Any]]] = json.loads(await output_of("node", "inspect.mjs", given=json.dumps(pairs)))
    return found


def _takes_away(change: dict[str, Any]) -> bool:
    if change["type"].startswith("DIRECTIVE_USAGE"):  # costs and hints are ours to change
        return change["level"] == "BREAKING" and "oneOf" in change["message"]
    other_default = "DEFAULT" in change["type"] and change["type"].endswith("CHANGED")
    return change["level"] == "BREAKING" or (other_default and change["level"] == "DANGEROUS")


async def test_inspector_agrees_on_each_change() -> None:
    found = await opinions([(expected_text(BASE, pair.new, TODAY), pair.new) for pair in PAIRS])
    for pair, changes in zip(PAIRS, found, strict=True):
        bad = [change for change in changes if _takes_away(change)]
        assert bool(bad) is bool(set(pair.kinds) - OURS_ALONE), f"{pair.name}: {changes}"


async def test_inspector_agrees_on_the_schema_of_now() -> None:
    released, new, today = RELEASED.read_text(), SCHEMA.read_text(), datetime.now(UTC).date()
    [changes] = await opinions([(expected_text(released, new, today), new)])
    bad = [change for change in changes if _takes_away(change)]
    ours = [fault for fault in faults(released, new, today) if fault.partition(":")[0] not in OURS_ALONE]
    assert bool(bad) is bool(ours), (bad, ours)
