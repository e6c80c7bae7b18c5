"""What docs/performance.md shows of the run that is recorded beside it."""

import json
from collections.abc import Iterator
from typing import Any

from experiments.report import cells
from tests.docs.documents import ROOT

FOLDER = "performance"


def recorded() -> dict[str, Any]:
    """The figures of that run."""
    found: dict[str, Any] = json.loads((ROOT / "docs" / FOLDER / "results.json").read_text(encoding="utf-8"))
    return found


def performance_text() -> str:
    """The machine, and each experiment with its chart and its table."""
    found = recorded()
    return "\n".join((*_machine(found), *(line for one in found["experiments"].items() for line in _experiment(*one))))


def _machine(found: dict[str, Any]) -> Iterator[str]:
    yield "## The machine\n"
    yield from ("| | |", "|---|---|")
    for name, value in found["machine"].items():
        yield f"| {name} | {value} |"
    yield f"| posts | {found['sizes']['posts']:,} |\n"


def _experiment(name: str, found: dict[str, Any]) -> Iterator[str]:
    yield f"## {found['title']}\n"
    yield f"{found['compared']}\n"
    yield f"![{found['title']}]({FOLDER}/{name}.svg)\n"
    yield "| | " + " | ".join(found["columns"]) + " |"
    yield "|---" + "|---:" * len(found["columns"]) + "|"
    for row in found["rows"]:
        yield f"| {row['name']} | " + " | ".join(cells(row, found["columns"])) + " |"
    yield f"\n*Measured:* {found['measured']}\n"
    yield f"*What to read from it:* {found['reading']}\n"
