"""The project's documents, and the blocks of code in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[\w-]*)[^\n`]*\n(?P<text>.*?)^(?P=indent)```[ ]*$", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code."""

    file: str
    """Relative to the root."""
    line: int
    """Of the first line of its text."""
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def documents() -> list[Path]:
    """What people read: the files at the root, and those in docs/."""
    return [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
        *sorted(ROOT.glob("docs/*.md")),
    ]


def sample_posts() -> list[Path]:
    """The posts of the sample blog, which show queries, too."""
    return sorted(ROOT.glob("content/sample/posts/*.md"))


def blocks_of(path: Path) -> Iterator[Block]:
    """The fenced blocks of one file, in order."""
    text = path.read_text(encoding="utf-8")
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start("text")) + 1
        indent = len(match["indent"])
        body = "".join(one[indent:] or "\n" for one in match["text"].splitlines(keepends=True))
        yield Block(path.relative_to(ROOT).as_posix(), line, match["language"], body)


def without_code(path: Path) -> str:
    """The text of a file without its blocks and its inline code."""
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    return re.sub(r"`[^`\n]*`", "", text)
