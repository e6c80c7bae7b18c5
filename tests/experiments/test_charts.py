from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from experiments.charts.bars import Bar, BarChart
from experiments.charts.lines import Line, LineChart
from experiments.charts.paper import WIDTH, number, tick_label
from experiments.charts.scales import at, linear, powers

SVG = "{http://www.w3.org/2000/svg}"
LONG = "a way with a rather long name"


def _bars(*values: float, groups: int = 1) -> BarChart:
    bars = [Bar(LONG, value, "101 statements") for value in values]
    return BarChart("Title & more", "Sub < title", "ms", [(f"group {n}" * (groups > 1), bars) for n in range(groups)])


def _drawn(chart: BarChart | LineChart) -> ET.Element:
    return ET.fromstring(chart.draw())


def _of(svg: ET.Element, kind: str) -> list[ET.Element]:
    return [one for one in svg if kind in one.attrib.get("class", "").split()]


def test_bars_are_as_long_as_their_values() -> None:
    widths = [float(bar.attrib["width"]) for bar in _of(_drawn(_bars(1, 2, 4)), "bar")]
    assert widths[1] == pytest.approx(2 * widths[0], abs=0.2)
    assert widths[2] == pytest.approx(4 * widths[0], abs=0.2)


def test_a_chart_says_what_and_in_which_unit() -> None:
    svg = _drawn(_bars(0.5, 12, groups=2))
    texts = [one.text for one in svg.iter(f"{SVG}text")]
    assert {"Title & more", "Sub < title", "ms", "group 0", "group 1", "12.0 (101 statements)"} <= set(texts)
    assert svg.attrib["role"] == "img"
    assert svg[0].text == "Title & more"
    assert "prefers-color-scheme: dark" in (svg[2].text or "")
    assert list(svg.iter(f"{SVG}script")) == []


@pytest.mark.parametrize("values", [(1,), (0, 0), (0.0001, 3), (99, 100, 12_345.6)])
def test_nothing_leaves_the_page_or_stands_on_another(values: tuple[float, ...]) -> None:
    svg = _drawn(_bars(*values, groups=2))
    for text in svg.iter(f"{SVG}text"):
        length, x = len(text.text or "") * 7, float(text.attrib["x"])
        left = {"start": x, "middle": x - length / 2, "end": x - length}[text.attrib["text-anchor"]]
        assert left >= -8, text.text
        assert left + length <= WIDTH + 8, text.text
    tops = sorted(float(bar.attrib["y"]) for bar in _of(svg, "bar"))
    assert all(lower - upper >= 28 for upper, lower in pairwise(tops))


@pytest.mark.parametrize("logarithmic", [False, True])
def test_lines_have_a_point_for_each_value(logarithmic: bool) -> None:
    lines = [Line("one", [(1, 5), (10, 7), (100, 90)]), Line("other", [(1, 2), (10, 2)])]
    svg = _drawn(LineChart("Title", "Sub", "page", "ms", lines, logarithmic=logarithmic))
    assert len(_of(svg, "dot")) == 5
    assert [len(line.attrib["points"].split()) for line in svg.iter(f"{SVG}polyline")] == [3, 2]
    heights = [float(dot.attrib["cy"]) for dot in _of(svg, "dot")][:3]
    assert heights == sorted(heights, reverse=True), "more is higher"


@pytest.mark.parametrize("evenly", [False, True])
def test_points_stand_by_their_logarithms_or_evenly(evenly: bool) -> None:
    svg = _drawn(LineChart("Title", "Sub", "rows", "ms", [Line("one", [(10, 1), (100, 2), (1_000, 3)])], evenly=evenly))
    first, second, third = (float(dot.attrib["cx"]) for dot in _of(svg, "dot"))
    assert (second - first) / (third - first) == pytest.approx(90 / 990 if evenly else 0.5, abs=0.01)


def test_axes_have_round_numbers_around_all_values() -> None:
    assert linear([0.3, 4.2]).ticks == (0, 1, 2, 3, 4, 5)
    assert linear([0]).ticks[0] == 0
    assert linear([]).ticks[-1] >= 1
    assert [tick_label(tick) for tick in linear([0.28]).ticks] == ["0", "0.1", "0.2", "0.3"]
    assert powers([0.2, 30]).ticks == (0.1, 1, 10, 100)
    assert powers([10]).ticks == (10, 100)
    assert at([1, 100, 10]).place(10) == pytest.approx(0.5)
    assert at([1]).place(1) == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.0123, "0.012"), (0.5, "0.500"), (1.234, "1.23"), (98.76, "98.8"), (12345.6, "12,346")],
)
def test_figures_have_the_digits_that_count(value: float, text: str) -> None:
    assert number(value) == text
