"""What became of an import: counts, and a line for everything that was changed, left out or refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from content.documents import Failure, Note


@dataclass(slots=True)
class ImportReport:
    """Counts of posts, of what was made for them, and lines by file."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    left_out: int = 0
    authors: int = 0
    coauthors: int = 0
    tags: int = 0
    notes: list[Note] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Each failure, then each note, with the path of its file."""
        for failure in self.failures:
            yield f"FAILED {failure.path}: {failure.reason}"
        for note in self.notes:
            yield f"note {note.path}: {note.message}"
