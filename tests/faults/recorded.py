"""What docs/reliability.md shows of the run that is recorded beside it."""

import json
from collections.abc import Iterator
from typing import Any

from tests.docs.documents import ROOT
from tests.faults.all_faults import FAULTS

RECORD = ROOT / "docs" / "reliability" / "results.json"
COLUMNS = (
    "What happens",
    "Lasted",
    "Requests",
    "Told",
    "Lost, twice, stale",
    "Good again: reads, writes",
    "Slowest",
    "Left over",
    "What clients see",
    "What to do",
)


def recorded() -> dict[str, Any]:
    """The figures of that run."""
    found: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def reliability_text() -> str:
    """The machine, and a row for each fault."""
    found = recorded()
    machine = ", ".join(f"{name} {value}" for name, value in found["machine"].items() if name != "date")
    faults = found["faults"]
    requests = sum(one["requests"] for one in faults.values())
    acknowledged = sum(one["acknowledged"] for one in faults.values())
    told = f"{len(faults)} faults, {requests:,} requests, {acknowledged:,} acknowledged writes"
    return "\n".join((f"Recorded on {found['machine']['date']}: {told}; {machine}.\n", *_table(faults)))


def _table(faults: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield f"| {' | '.join(COLUMNS)} |"
    yield "|---" * len(COLUMNS) + "|"
    for title, one in faults.items():
        fault = FAULTS[title]
        yield f"| {' | '.join((title, *_cells(one), fault.seen, fault.todo))} |"


def _cells(one: dict[str, Any]) -> Iterator[str]:
    yield f"{one['lasted']:.1f} s"
    yield f"{one['requests']:,}"
    yield ", ".join(f"{number:,} {name}" for name, number in sorted(one["errors"].items())) or "nothing"
    yield f"{one['lost']} of {one['acknowledged']:,}, {one['duplicates']} of {one['retried']:,}, {one['stale']}"
    yield f"{one['read_back']:.1f} s, {one['write_back']:.1f} s"
    yield f"{one['slowest']:.1f} s"
    connections, tasks = (after - before for before, after in (one["connections"], one["tasks"]))
    yield f"{connections:+} connections, {tasks:+} tasks, {one['grown']:+.0f} MB"
