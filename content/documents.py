"""What a file of a tree gives: a document, notes on what became of its parts, or a failure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

# What the tables hold; longer names are cut, with a note.
MAX_TITLE_LENGTH = 300
MAX_NAME_LENGTH = 200
MAX_KEY_LENGTH = 60
MAX_TAG_LENGTH = 100


class Status(StrEnum):
    """Whether readers see a document."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    ARCHIVED = "ARCHIVED"


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody in a byline; `key` serves as username and says, whatever its case, who is who in a tree."""

    key: str
    name: str
    bio: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A post as a file has it; equal if the content is, wherever the file lies.

    Text has LF for line ends and nothing that PostgreSQL refuses. `authors` has each key once, in the order of the
    byline; `tags` are names, no two with one slug; `metadata` are the front matter's other keys, as JSON.
    """

    path: str = field(compare=False)
    """Relative to the tree, with slashes."""
    slug: str
    title: str
    body: str
    summary: str | None = None
    status: Status = Status.PUBLISHED
    published_at: datetime | None = None
    """Aware, in UTC; present if published. A draft may have the date that its author planned."""
    updated_at: datetime | None = None
    canonical_url: str | None = None
    authors: tuple[Author, ...] = ()
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Json] = field(default_factory=dict, hash=False)

    def content_hash(self) -> str:
        """Hash all but the path: 64 hexadecimal digits, the same for equal documents."""
        content = asdict(self)
        del content["path"]
        text = json.dumps(content, sort_keys=True, default=_written)
        return hashlib.sha256(text.encode()).hexdigest()


def _written(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


@dataclass(frozen=True, slots=True)
class Note:
    """Something of the file at `path` was changed or left out."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Failure:
    """The file at `path` could not be taken."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of one file: a document, or a failure, or neither if it is left out on purpose, with a note."""

    path: str
    document: Document | None = None
    failure: Failure | None = None
    notes: tuple[Note, ...] = ()
