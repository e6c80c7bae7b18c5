"""What both kinds of chart are drawn on: an SVG for light and for dark pages, with no script and no font of its own.

Of the libraries, those that are kept up were either as heavy as the rest of Broadsheet together, or wrote charts with
scripts in them and one set of colours; two kinds of chart are little enough to draw.
"""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

WIDTH = 760
MARGIN = 16
CHARACTER = 7.4
"""About the width of a character of 13 px, where no font is at hand to measure."""
TOP = 64
"""Where the plot may begin, under title and subtitle."""

_STYLE = """
svg { --page: #ffffff; --ink: #1f2328; --soft: #59636e; --grid: #d1d9e0; --s0: #2563c9; --s1: #c2570c; --s2: #0f7d57; }
@media (prefers-color-scheme: dark) {
svg { --page: #0d1117; --ink: #e6edf3; --soft: #9aa4af; --grid: #30363d; --s0: #6ea8fe; --s1: #f0a35e; --s2: #4cc38a; }
}
text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--ink); }
.page { fill: var(--page); }
.title { font-size: 17px; font-weight: 600; }
.soft { fill: var(--soft); }
.group { font-weight: 600; }
.grid { stroke: var(--grid); stroke-width: 1; }
.bar.s0, .dot.s0 { fill: var(--s0); } .bar.s1, .dot.s1 { fill: var(--s1); } .bar.s2, .dot.s2 { fill: var(--s2); }
.line { fill: none; stroke-width: 2; }
.line.s0 { stroke: var(--s0); }
.line.s1 { stroke: var(--s1); stroke-dasharray: 7 4; }
.line.s2 { stroke: var(--s2); stroke-dasharray: 2 4; }
"""

SERIES = 3
"""So many colours, told apart in both themes and, for lines, by their strokes, too."""


class Paper:
    """A page with a title; elements are put on it by place, from the top left."""

    def __init__(self, title: str, subtitle: str, height: float) -> None:
        size = {"width": str(WIDTH), "height": f"{height:g}", "viewBox": f"0 0 {WIDTH} {height:g}"}
        self._svg = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", **size})
        SubElement(self._svg, "title").text = title
        SubElement(self._svg, "desc").text = subtitle
        SubElement(self._svg, "style").text = _STYLE
        self.put("rect", "page", width=WIDTH, height=height)
        self.text(MARGIN, 30, title, "title")
        self.text(MARGIN, 50, subtitle, "soft")

    def put(self, name: str, kind: str, **attributes: float | str) -> None:
        """An element with these attributes; numbers are rounded to what can be seen."""
        shown = {key: value if isinstance(value, str) else f"{round(value, 1):g}" for key, value in attributes.items()}
        SubElement(self._svg, name, {"class": kind, **shown})

    def text(self, x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> None:
        """A line of text, its baseline at `y`."""
        self.put("text", kind, x=x, y=y, **{"text-anchor": anchor})
        self._svg[-1].text = text

    def drawn(self) -> str:
        """The file."""
        indent(self._svg, " ")
        return tostring(self._svg, encoding="unicode") + "\n"


def number(value: float) -> str:
    """Three digits that count, and commas: 0.0123, 1.23, 12.3, 123, 12,346."""
    if value == 0:
        return "0"
    for least, digits in ((100, 0), (10, 1), (1, 2), (0.1, 3)):
        if abs(value) >= least:
            return f"{value:,.{digits}f}"
    return f"{value:.2g}"


def tick_label(value: float) -> str:
    """A round number on an axis, without digits that say nothing."""
    return f"{value:,.6f}".rstrip("0").rstrip(".")
