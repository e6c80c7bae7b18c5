"""Each link from one document to another leads to a file, and to a heading in it."""

import re
from pathlib import Path

import pytest

from tests.docs.documents import ROOT, documents, without_code

LINK = re.compile(r"\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
FENCED = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)


def _anchors(path: Path) -> set[str]:
    """The names that headings get on the usual hosts: lower case, hyphens for spaces, no other signs."""
    headings = HEADING.findall(FENCED.sub("", path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _links() -> list[tuple[Path, str]]:
    return [(path, link) for path in documents() for link in LINK.findall(without_code(path))]


def _broken(path: Path, link: str) -> str | None:
    name, _, anchor = link.partition("#")
    target = (path.parent / name).resolve() if name else path
    if not target.is_relative_to(ROOT) or not target.exists():
        return f"there is no {name}"
    if anchor and anchor not in _anchors(target):
        return f"{target.name} has no heading {anchor}"
    return None


@pytest.mark.parametrize(
    ("path", "link"),
    [pytest.param(path, link, id=f"{path.name}-{link}") for path, link in _links() if "://" not in link],
)
def test_a_link_leads_somewhere(path: Path, link: str) -> None:
    assert _broken(path, link) is None


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, left = set[Path](), [ROOT / "README.md"]
    while left:
        path = left.pop()
        if path in reached or path.suffix != ".md" or not path.is_file():
            continue
        reached.add(path)
        links = LINK.findall(without_code(path))
        left += [(path.parent / link.partition("#")[0]).resolve() for link in links if "://" not in link]
    assert set(documents()) <= reached


def test_a_broken_link_is_noticed() -> None:
    readme = ROOT / "README.md"
    assert _broken(readme, "docs/nothing.md") is not None
    assert _broken(readme, "LICENSE") is None
    assert _broken(readme, "docs/errors.md#timeout") is None
    assert _broken(readme, "docs/errors.md#no-such-code") is not None
