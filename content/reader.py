"""A tree of Markdown, as Hugo, Jekyll and Zola have it, read to documents."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, tzinfo
from pathlib import Path, PurePosixPath

from content.addresses import Slugs, slug_of_address
from content.authors import Registry, read_authors
from content.dates import PathName, parse_instant, read_path
from content.documents import MAX_TITLE_LENGTH, Document, Failure, Note, Reading, Status
from content.errors import FrontMatterError
from content.fields import (
    ADDRESSES,
    AUTHORS,
    CANONICAL,
    DATE,
    DRAFT,
    SLUG,
    STATUS,
    SUMMARY,
    TAGS,
    TAXONOMIES,
    TITLE,
    UPDATED,
    Fields,
    flag,
    is_known,
)
from content.front_matter import split
from content.registry import find_registry, load_registry
from content.taxonomy import read_tags
from content.text import decode, one_line, storable, written
from content.tree import find_files
from content.yaml_text import Value
from core.markdown import render
from core.slugs import slugify

MAX_BYTES = 5 * 1024 * 1024

_FENCE = re.compile(r"^(```+|~~~+).*?(?:^\1|\Z)", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(\S.{0,1000})$", re.MULTILINE)
_ABOUT_THE_TREE = frozenset(
    {"readme", "license", "licence", "contributing", "changelog", "code_of_conduct", "security", "copying"}
)
_STATUSES = {
    "draft": Status.DRAFT,
    "published": Status.PUBLISHED,
    "publish": Status.PUBLISHED,
    "archived": Status.ARCHIVED,
}


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
        self._tree = find_files(path)
        self._slugs = Slugs()
        self.registry = Registry()
        self.paths = self._tree.paths
        self.failures = self._tree.failures
        self.notes = self._tree.notes
        registry = self._options.registry or find_registry(self._tree.root)
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
        title = _title(fields, head.body, in_path)
        tags = read_tags(list(_tag_values(fields)), notes.append)
        authors = read_authors(_author_values(fields), self.registry, notes.append)
        slug, slug_note = self._slugs.take(_wanted_slug(fields, in_path, title), path)
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
            canonical_url=_canonical_url(fields),
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
        wanted = _wanted_status(fields)
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


def _wanted_status(fields: Fields) -> Status:
    wanted = Status.PUBLISHED
    named = _STATUSES.get((written(fields.peek(STATUS[0])) or "").lower())
    if named is not None:
        fields.take(STATUS[0])
        wanted = named
    draft = flag(fields.peek(DRAFT[0]))
    published = flag(fields.peek("published"))
    if draft is not None or fields.peek(DRAFT[0]) is None:
        fields.take(DRAFT[0])
    else:
        fields.note("draft is neither true nor false; kept as metadata")
    if published is not None:
        fields.take("published")
    return Status.DRAFT if draft or published is False else wanted


def _title(fields: Fields, body: str, in_path: PathName) -> str:
    title = fields.take_text(TITLE)
    if title is None and (match := _HEADING.search(_FENCE.sub("", body[:100_000]))):
        title = render(match[0].strip()).text
    if not title:
        words = re.sub(r"[-_\s]+", " ", storable(in_path.name)).strip()
        title = words[:1].upper() + words[1:] or "Untitled"
    if len(title) > MAX_TITLE_LENGTH:
        fields.note(f"the title was cut to {MAX_TITLE_LENGTH} characters: {title}")
        title = title[:MAX_TITLE_LENGTH].rstrip()
    return title


def _wanted_slug(fields: Fields, in_path: PathName, title: str) -> str:
    named = fields.take_text(SLUG) or ""
    candidates = [slug_of_address(named) if "/" in named else slugify(named)]
    candidates += [slug_of_address(written(fields.peek(name))) for name in ADDRESSES]
    candidates += [slugify(in_path.name), slugify(title)]
    return next(filter(None, candidates), "")


def _tag_values(fields: Fields) -> Iterator[tuple[str, Value]]:
    taxonomies = fields.peek(TAXONOMIES)
    nested: dict[str, Value] = {}
    if isinstance(taxonomies, dict):
        nested = {str(key).lower(): value for key, value in taxonomies.items()}
        rest = {key: value for key, value in taxonomies.items() if str(key).lower() not in (*TAGS, *AUTHORS)}
        if rest:
            fields.note(f"the taxonomies {', '.join(map(str, rest))} make no tags; kept as metadata")
            fields.keep(TAXONOMIES, rest)
        else:
            fields.take(TAXONOMIES)
        fields.nested_authors = [nested[name] for name in AUTHORS if name in nested]
    for name in TAGS:
        yield name, fields.take(name)
        yield name, nested.get(name)


def _author_values(fields: Fields) -> list[Value]:
    return [fields.take(name) for name in AUTHORS] + fields.nested_authors


def _canonical_url(fields: Fields) -> str | None:
    url = fields.take_text(CANONICAL, one_line)
    if url is None or re.fullmatch(r"https?://[^\s<>\"]+", url, re.IGNORECASE):
        return url
    fields.note(f"the canonical URL {url} is none of http or https; kept as metadata")
    fields.keep(CANONICAL[0], url)
    return None
