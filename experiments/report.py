"""What an experiment found: rows of figures, a chart of some of them, and what to read from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from experiments.charts.paper import number

Figure = float | str


class Chart(Protocol):
    """Draws itself."""

    def draw(self) -> str:
        """The chart as SVG."""


@dataclass(frozen=True, slots=True)
class Row:
    """One of the ways that are compared, and a figure for each column."""

    name: str
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Report:
    """Found by one experiment; `columns` are the names of the figures, with their units."""

    title: str
    compared: str
    """Against what, in a sentence or two."""
    measured: str
    """How often, and what of it is shown."""
    reading: str
    """What to read from it, true whatever the figures are on this machine."""
    columns: tuple[str, ...]
    rows: Sequence[Row]
    chart: Chart

    def as_json(self) -> dict[str, Any]:
        """Everything but the chart."""
        return {
            "title": self.title,
            "compared": self.compared,
            "measured": self.measured,
            "reading": self.reading,
            "columns": list(self.columns),
            "rows": [{"name": row.name, **row.figures} for row in self.rows],
        }


def cells(row: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    """The figures of a row of the JSON as they are shown."""
    return [shown(row[column]) for column in columns]


def shown(figure: Figure) -> str:
    """A figure as a reader wants it."""
    if isinstance(figure, str):
        return figure
    return f"{figure:,}" if isinstance(figure, int) else number(figure)
