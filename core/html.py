"""Balanced HTML out of any HTML, so that the sanitiser's tree builder has nothing to repair.

What a tree builder does with unclosed, misnested and misplaced tags, as the HTML standard has it, costs time and
memory quadratic in the text, or worse. Here each tag costs the same, and none is left for it to repair. This makes
nothing safe: that is the sanitiser's part.
"""

import re

MAX_DEPTH = 100
# The tree builder compares the attributes of a tag with each other.
MAX_TAG_LENGTH = 20_000


def names(text: str) -> frozenset[str]:
    """Split a list of element names at its spaces."""
    return frozenset(text.split())


BLOCKS = names(
    "blockquote br caption dd details div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre section "
    "summary table tbody td tfoot th thead tr ul"
)
INLINE = names(
    "a abbr b bdi bdo cite code del dfn em i img input ins kbd mark q rp rt ruby s samp small span strong sub "
    "sup time u var wbr"
)
ELEMENTS = BLOCKS | INLINE

_VOID = names("br hr img input wbr")
_SKIPPED = names("script style iframe noembed noframes noscript template title textarea select svg math object head")
_ROWS = names("tbody thead tfoot")
_CELLS = names("td th")
_HEADINGS = names("h1 h2 h3 h4 h5 h6")
_TABLE_CHILDREN = {
    "table": _ROWS | {"caption", "tr"} | _CELLS,
    **dict.fromkeys(_ROWS, _CELLS | {"tr"}),
    "tr": _CELLS,
}
_TABLE_PARTS = _ROWS | _CELLS | {"caption", "tr"}
_END_PARAGRAPH = BLOCKS - _TABLE_PARTS - {"br"}
# What the start of an element ends, by the standard's optional tags; only as far as the next container outwards.
_ENDS_ALIKE = {
    "li": names("li"),
    "dt": names("dt dd"),
    "dd": names("dt dd"),
    **dict.fromkeys(_CELLS, _CELLS | {"caption"}),
    "tr": _CELLS | {"tr", "caption"},
    **dict.fromkeys(_ROWS, _ROWS | _CELLS | {"tr", "caption"}),
    **dict.fromkeys(_HEADINGS, _HEADINGS),
    "a": names("a"),
}
_ENDS = {name: _ENDS_ALIKE.get(name, frozenset()) | ({"p"} if name in _END_PARAGRAPH else set()) for name in ELEMENTS}
_CONTAINERS = names("ul ol dl table blockquote div details section figure")

# CommonMark's grammar of a tag, which HTML's tokeniser reads alike; possessive, for linear time.
_ATTRIBUTE = r"""\s++[a-zA-Z_:][\w.:-]*+(?>\s*+=\s*+(?>[^\s"'=<>`]++|'[^']*+'|"[^"]*+"))?+"""
_TAG = re.compile(rf"<(?>(/?+)([a-zA-Z][a-zA-Z0-9-]*+)(?>{_ATTRIBUTE})*+\s*+/?+>)?+", re.ASCII)


def balance(html: str) -> str:
    """Close each tag that is open, and drop comments, unknown elements and tags that fit nowhere; keep their text.

    Tags deeper than `MAX_DEPTH` or longer than `MAX_TAG_LENGTH` are dropped too; what is no tag is escaped.
    """
    return "".join(_balanced(_without_comments(html)))


def _without_comments(html: str) -> str:
    first, *others = html.split("<!--")
    parts = [first]
    for other in others:
        _, end, rest = other.partition("-->")
        parts.append(rest if end else f"&lt;!--{other}")
    return "".join(parts)


def _balanced(html: str) -> list[str]:
    parts: list[str] = []
    stack: list[str] = []
    position = 0
    skipped = ""
    for match in _TAG.finditer(html):
        if not skipped:
            parts.append(html[position : match.start()])
        position = match.end()
        name = (match[2] or "").lower()
        if skipped:
            skipped = "" if match[1] and name == skipped else skipped
        elif not name:
            parts.append("&lt;")
        elif name in _SKIPPED:
            skipped = "" if match[1] else name
        elif name not in ELEMENTS or len(match[0]) > MAX_TAG_LENGTH:
            continue
        elif not match[1]:
            _start(name, match[0], stack, parts)
        elif name in stack:
            _close(len(stack) - 1 - stack[::-1].index(name), stack, parts)
    if not skipped:
        parts.append(html[position:])
    _close(0, stack, parts)
    return parts


def _start(name: str, tag: str, stack: list[str], parts: list[str]) -> None:
    ended = _ENDS.get(name)
    if ended and stack:
        _end_implied(name, ended, stack, parts)
    children = _TABLE_CHILDREN.get(stack[-1]) if stack else None
    fits = name in children if children is not None else name not in _TABLE_PARTS
    if not fits or (len(stack) >= MAX_DEPTH and name not in _VOID):
        return
    parts.append(tag)
    if name not in _VOID:
        stack.append(name)


def _end_implied(name: str, ended: frozenset[str], stack: list[str], parts: list[str]) -> None:
    outermost = -1
    for index in range(len(stack) - 1, -1, -1):
        if stack[index] in ended:
            outermost = index
        elif stack[index] in _CONTAINERS or (stack[index] in _CELLS and name not in _TABLE_PARTS):
            break
    if outermost >= 0:
        _close(outermost, stack, parts)


def _close(depth: int, stack: list[str], parts: list[str]) -> None:
    while len(stack) > depth:
        parts.append(f"</{stack.pop()}>")
