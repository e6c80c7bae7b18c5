from collections.abc import Sequence
from dataclasses import dataclass

from experiments.charts.paper import CHARACTER, MARGIN, SERIES, TOP, WIDTH, Paper, number, tick_label
from experiments.charts.scales import linear

_BAR = 20
_STEP = 28
_HEADING = 26


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its name, and what is written behind it."""

    label: str
    value: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars from zero, in groups; where there are several, the same place in each has the same colour."""

    title: str
    subtitle: str
    unit: str
    groups: Sequence[tuple[str, Sequence[Bar]]]

    def draw(self) -> str:
        """The chart as SVG."""
        every = [bar for _, bars in self.groups for bar in bars]
        headings = sum(_HEADING for heading, _ in self.groups if heading)
        bottom = TOP + 8 + headings + _STEP * len(every)
        paper = Paper(self.title, self.subtitle, bottom + 52)
        names = [*(bar.label for bar in every), *(heading for heading, _ in self.groups)]
        left = MARGIN + max(map(len, names)) * CHARACTER + 8
        # The longest bar has its own words behind it, too.
        right = WIDTH - MARGIN - max(len(_words(bar)) for bar in every) * CHARACTER - 6
        scale = linear([bar.value for bar in every])
        for tick in scale.ticks:
            x = left + scale.place(tick) * (right - left)
            paper.put("line", "grid", x1=x, x2=x, y1=TOP, y2=bottom)
            paper.text(x, bottom + 18, tick_label(tick), "soft", "middle")
        paper.text((left + right) / 2, bottom + 40, self.unit, "soft", "middle")
        y = float(TOP + 8)
        for heading, bars in self.groups:
            if heading:
                paper.text(MARGIN, y + 14, heading, "group")
                y += _HEADING
            for place, bar in enumerate(bars):
                width = max(scale.place(bar.value) * (right - left), 1)
                paper.text(left - 8, y + 14, bar.label, anchor="end")
                paper.put(
                    "rect",
                    f"bar s{place % SERIES if len(self.groups) > 1 else 0}",
                    x=left,
                    y=y,
                    width=width,
                    height=_BAR,
                    rx=2,
                )
                paper.text(left + width + 6, y + 14, _words(bar))
                y += _STEP
        return paper.drawn()


def _words(bar: Bar) -> str:
    return f"{number(bar.value)} ({bar.note})" if bar.note else number(bar.value)
