from collections.abc import Sequence
from dataclasses import dataclass

from experiments.charts.paper import CHARACTER, MARGIN, SERIES, TOP, WIDTH, Paper, tick_label
from experiments.charts.scales import Scale, at, linear, powers

_HEIGHT = 260
_LEGEND = 30


@dataclass(frozen=True, slots=True)
class Line:
    """Points from left to right, with one name."""

    label: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class LineChart:
    """Lines over a shared axis; the horizontal one is logarithmic unless `evenly`, the other where that is said."""

    title: str
    subtitle: str
    across: str
    unit: str
    lines: Sequence[Line]
    logarithmic: bool = False
    evenly: bool = False

    def draw(self) -> str:
        """The chart as SVG."""
        top = TOP + _LEGEND + 18
        bottom = top + _HEIGHT
        paper = Paper(self.title, self.subtitle, bottom + 52)
        places = [x for line in self.lines for x, _ in line.points]
        xs = linear(places) if self.evenly else at(places)
        values = [y for line in self.lines for _, y in line.points]
        ys = powers(values) if self.logarithmic else linear(values)
        left = MARGIN + max(len(tick_label(tick)) for tick in ys.ticks) * CHARACTER + 8
        frame = _Frame(left, WIDTH - MARGIN - 24, top, bottom, xs, ys)
        self._axes(paper, frame)
        self._legend(paper)
        for place, line in enumerate(self.lines):
            points = [frame.point(*point) for point in line.points]
            kind = f"s{place % SERIES}"
            paper.put("polyline", f"line {kind}", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points))
            for x, y in points:
                paper.put("circle", f"dot {kind}", cx=x, cy=y, r=4)
        return paper.drawn()

    def _axes(self, paper: Paper, frame: "_Frame") -> None:
        paper.text(MARGIN, frame.top - 14, self.unit, "soft")
        for tick in frame.ys.ticks:
            _, y = frame.point(frame.xs.ticks[0], tick)
            paper.put("line", "grid", x1=frame.left, x2=frame.right, y1=y, y2=y)
            paper.text(frame.left - 8, y + 4, tick_label(tick), "soft", "end")
        for tick in frame.xs.ticks:
            x, _ = frame.point(tick, frame.ys.ticks[0])
            paper.text(x, frame.bottom + 20, tick_label(tick), "soft", "middle")
        paper.text((frame.left + frame.right) / 2, frame.bottom + 42, self.across, "soft", "middle")

    def _legend(self, paper: Paper) -> None:
        x = float(MARGIN)
        for place, line in enumerate(self.lines):
            kind = f"s{place % SERIES}"
            paper.put("line", f"line {kind}", x1=x, x2=x + 28, y1=TOP + 8, y2=TOP + 8)
            paper.text(x + 34, TOP + 12, line.label)
            x += 34 + len(line.label) * CHARACTER + 18


@dataclass(frozen=True, slots=True)
class _Frame:
    left: float
    right: float
    top: float
    bottom: float
    xs: Scale
    ys: Scale

    def point(self, x: float, y: float) -> tuple[float, float]:
        across = self.left + self.xs.place(x) * (self.right - self.left)
        return across, self.bottom - self.ys.place(y) * (self.bottom - self.top)
