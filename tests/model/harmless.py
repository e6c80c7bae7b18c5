"""What a browser would make of HTML, as far as it can do harm."""

import re
from html.parser import HTMLParser

from core.html import ELEMENTS

_SCHEME = re.compile(r"[\s\x00-\x20]*([a-z][a-z0-9+.-]*)[\s\x00-\x20]*:", re.IGNORECASE)
_UNPRINTABLE = re.compile("[\x00\ud800-\udfff]")


class SeenHtml(HTMLParser):
    """The tags of a text with their attributes, and how deep they stand."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.depth = self.deepest = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"br", "hr", "img", "input", "wbr"}:
            self.depth += 1
            self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:
        del tag
        self.depth -= 1


def assert_harmless(html: str) -> None:
    """No element, attribute or link by which a script could run, and no sign that no document may hold."""
    for tag, attributes in SeenHtml(html).tags:
        assert tag in ELEMENTS, tag
        for name, value in attributes.items():
            assert not name.startswith("on"), name
            assert name not in {"style", "srcdoc", "formaction", "action", "xlink:href"}, name
            if name in {"href", "src", "cite"}:
                scheme = _SCHEME.match(value or "")
                assert scheme is None or scheme[1].lower() in {"http", "https", "mailto", "tel"}, value
    assert not _UNPRINTABLE.search(html)
