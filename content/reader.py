"""A tree of Markdown, as Hugo, Jekyll and Zola have it, read to documents."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, tzinfo
from pathlib import Path, PurePosixPath

from content.addresses import Slugs
from content.authors import Registry, read_authors
from content.dates import PathName, parse_instant, read_path
from content.documents import Document, Failure, Note, Reading, Status
from content.errors import FrontMatterError
from content.fields import DATE, SUMMARY, UPDATED, Fields, flag, is_known
from content.front_matter import split
from content.properties import (
    author_values,
    read_canonical_url,
    read_title,
    tag_values,
    wanted_slug,
    wanted_status,
)
from content.registry import find_registry, load_registry
from content.taxonomy import read_tags
from content.text import decode, storable, written
from content.tree import find_files

MAX_BYTES = 5 * 1024 * 1024

_ABOUT_THE_TREE = frozenset(
    {"readme", "license", "licence", "contributing", "changelog", "code_of_conduct", "security", "copying"}
)


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read what a tree leaves open."""

    zone: tzinfo = UTC
    """Of dates that name none."""
    registry: Path | None = None
    """The file of authors; by default the one that lies where Jekyll or Hugo look for it."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    """What is dated later is a draft."""


class Reader:
    """Reads a tree file by file, in the order of `paths`: a slug that two files want goes to the first.

    Not for two threads at once. What concerns no single file is in `notes` and `failures`.

    Raises:
        ContentError: no such folder, or a registry that is none.

    """

    def __init__(self, path: Path, options: ReadOptions | None = None) -> None:
        self._options = options or ReadOptions()
        registry = self._options.registry or find_registry(path)
        self._tree = find_files(path, registry)
        self._slugs = Slugs()
        self.registry = Registry()
        self.paths = self._tree.paths
        self.failures = self._tree.failures
        self.notes = self._tree.notes
        if registry is not None:
            self.registry, notes = load_registry(registry)
            self.notes += tuple(Note(registry.name, message) for message in notes)

    def __iter__(self) -> Iterator[Reading]:
        """Read each file."""
        return map(self.read, self.paths)

    def read(self, path: str) -> Reading:
        """Read one of `paths`. Never raises: what cannot be read is a failure."""
        try:
            with (self._tree.root / path).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            return Reading(path, failure=Failure(path, f"cannot be read: {error.strerror or error}"))
        return self.read_bytes(path, data)

    def read_bytes(self, path: str, data: bytes) -> Reading:
        """Read the contents of a file as if it lay at `path`."""
        if len(data) > MAX_BYTES:
            return Reading(path, failure=Failure(path, f"larger than {MAX_BYTES // 2**20} MiB"))
        if re.fullmatch(r"_index(\.[\w-]+)?", PurePosixPath(path).stem):
            return Reading(path, notes=(Note(path, "the page of a section, not a post: left out"),))
        notes: list[str] = []
        try:
            document = self._document(path, data, notes)
        except FrontMatterError as error:
            return Reading(path, failure=Failure(path, str(error)))
        except UnicodeDecodeError:
            return Reading(path, failure=Failure(path, "neither UTF-8 nor Windows-1252: convert it to UTF-8"))
        return Reading(path, document, notes=tuple(Note(path, storable(note)) for note in dict.fromkeys(notes)))

    def _document(self, path: str, data: bytes, notes: list[str]) -> Document | None:
        text, encoding_note = decode(data)
        if "\0" in text:
            raise FrontMatterError("holds a NUL character: no text, or damaged")
        if encoding_note:
            notes.append(encoding_note)
        head = split(storable(text), is_known)
        notes += head.notes
        if head.fields is None and PurePosixPath(path).stem.lower() in _ABOUT_THE_TREE:
            notes.append("a file about the tree, without front matter: left out")
            return None
        fields = Fields(head.fields or {}, notes.append)
        in_path = read_path(path)
        published_at = self._published_at(fields, in_path)
        status = self._status(fields, path, published_at)
        title = read_title(fields, head.body, in_path)
        tags = read_tags(list(tag_values(fields)), notes.append)
        authors = read_authors(author_values(fields), self.registry, notes.append)
        slug, slug_note = self._slugs.take(wanted_slug(fields, in_path, title), path)
        if slug_note:
            notes.append(slug_note)
        return Document(
            path=path,
            slug=slug,
            title=title,
            body=head.body,
            summary=fields.take_text(SUMMARY, str),
            status=status,
            published_at=published_at,
            updated_at=self._instant(fields, UPDATED),
            canonical_url=read_canonical_url(fields),
            authors=authors,
            tags=tags,
            metadata=fields.metadata(),
        )

    def _instant(self, fields: Fields, names: tuple[str, ...]) -> datetime | None:
        for name in names:
            value = fields.peek(name)
            if value is None or value == "":
                fields.take(name)
            elif instant := parse_instant(value, self._options.zone):
                fields.take(name)
                return instant
            elif flag(value) is None:
                fields.note(f"{name}: {written(value) or value!r} is no date; kept as metadata")
        return None

    def _published_at(self, fields: Fields, in_path: PathName) -> datetime | None:
        found = self._instant(fields, DATE)
        if found is not None or in_path.day is None:
            return found
        if not in_path.exact:
            fields.note(f"the path names no day: dated {in_path.day}")
        return parse_instant(datetime.combine(in_path.day, time()), self._options.zone)

    def _status(self, fields: Fields, path: str, published_at: datetime | None) -> Status:
        wanted = wanted_status(fields)
        if "_drafts" in PurePosixPath(path).parts[:-1]:
            return Status.DRAFT
        if wanted is not Status.PUBLISHED:
            return wanted
        if published_at is None:
            fields.note("no date in the front matter or the path: taken as a draft")
            return Status.DRAFT
        if published_at > self._options.now:
            fields.note(f"dated {published_at:%Y-%m-%d}, which is to come: taken as a draft")
            return Status.DRAFT
        return Status.PUBLISHED
