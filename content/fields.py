"""Which keys of front matter mean what; the rest is kept as metadata."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal

from content.documents import Json
from content.text import one_line, storable, written
from content.yaml_text import Value

# The first key that is there wins; what the others say is kept as metadata. In lower case: Hugo's keys have none.
TITLE = ("title",)
SLUG = ("slug",)
SUMMARY = ("summary", "excerpt", "description")
DATE = ("date", "publishdate", "pubdate", "published_at", "published", "created_at", "created")
UPDATED = ("updated", "lastmod", "last_modified_at", "updated_at", "modified")
CANONICAL = ("canonical_url", "canonicalurl", "canonical")
AUTHORS = ("authors", "author")
TAGS = ("tags", "tag", "categories", "category", "topics", "topic")
DRAFT = ("draft",)
STATUS = ("status",)
TAXONOMIES = "taxonomies"
METADATA = "metadata"
# Read for the slug, and kept.
ADDRESSES = ("permalink", "url", "path")

_KNOWN = frozenset(
    TITLE + SLUG + SUMMARY + DATE + UPDATED + CANONICAL + AUTHORS + TAGS + DRAFT + STATUS + (TAXONOMIES,)
)

_TRUE = frozenset({"true", "yes", "on", "y", "1"})
_FALSE = frozenset({"false", "no", "off", "n", "0"})
_LARGEST = 2**63 - 1


def is_known(key: str) -> bool:
    """Say whether the key's text is read as it is written, whatever YAML would make of it."""
    return key.lower() in _KNOWN


def flag(value: Value) -> bool | None:
    """Read a switch, as YAML 1.1 spells it; None if it is none."""
    text = (written(value) or "").lower()
    return True if text in _TRUE else False if text in _FALSE else None


def is_reserved(key: str) -> bool:
    """Say whether the key means something here, so that metadata of that name must be written below `metadata`."""
    return key.lower() in _KNOWN | {METADATA}


class Fields:
    """A head's keys, whatever their case; each is taken once, and what is left is metadata."""

    def __init__(self, values: dict[str, Value], note: Callable[[str], None]) -> None:
        self._values = {storable(str(key)): value for key, value in values.items()}
        self.note = note
        self.nested_authors: list[Value] = []

    def peek(self, name: str) -> Value:
        """Look at a key, and leave it; None if it is not there."""
        return next((value for key, value in self._values.items() if key.lower() == name), None)

    def take(self, name: str) -> Value:
        """Take a key's value away; None if it is not there."""
        key = next((key for key in self._values if key.lower() == name), None)
        return None if key is None else self._values.pop(key)

    def keep(self, name: str, value: Value) -> None:
        """Put another value in a key's place."""
        self.take(name)
        self._values[name] = value

    def take_text(self, names: tuple[str, ...], read: Callable[[str], str] = one_line) -> str | None:
        """Take the first of the keys that holds text, and others with the same text."""
        found: str | None = None
        for name in names:
            value = self.peek(name)
            text = written(value)
            text = read(text) if text else None
            if value is None or (text and found in (None, text)):
                self.take(name)
                found = found or text
        return found

    def metadata(self) -> dict[str, Json]:
        """Give the keys that were not taken, as JSON."""
        kept: dict[str, Json] = {}
        nested = self._values.get(METADATA)
        for key, value in self._values.items():
            if key != METADATA or not isinstance(nested, dict):
                kept[key] = as_json(value)
        if isinstance(nested, dict):
            kept |= {storable(str(key)): as_json(value) for key, value in nested.items()}
        return kept


def as_json(value: Value) -> Json:
    """Give a value as JSON that PostgreSQL holds: dates in ISO 8601, numbers that JSON cannot hold as text."""
    if isinstance(value, dict):
        return {storable(str(key)): as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) <= _LARGEST):
        return value
    if isinstance(value, float | Decimal):
        number = float(value)
        return number if number - number == 0 else str(value)
    return value.isoformat() if isinstance(value, datetime | date | time) else storable(str(value))
