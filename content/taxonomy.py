"""What a document is about: tags, categories and topics, all of them tags here."""

from collections.abc import Callable, Iterable

from content.documents import MAX_TAG_LENGTH
from content.text import one_line, written
from content.yaml_text import Value
from core.slugs import slugify

# A text under one of these is a list in words, as Jekyll has it; the others name one thing, or have commas.
_PLURAL = frozenset({"tags", "categories", "topics"})


def read_tags(values: Iterable[tuple[str, Value]], note: Callable[[str], None]) -> tuple[str, ...]:
    """Read pairs of key and value to the names of tags, in order, each slug once."""
    found: dict[str, str] = {}
    for key, value in values:
        for name in _names(key, value):
            slug = slugify(name)
            if not slug:
                note(f"the tag {name!r} has no letter that an address could have, and was left out")
            elif len(name) > MAX_TAG_LENGTH:
                short = name[:MAX_TAG_LENGTH].rstrip()
                note(f"the tag {name!r} was cut to {MAX_TAG_LENGTH} characters")
                found.setdefault(slugify(short), short)
            else:
                found.setdefault(slug, name)
    return tuple(found.values())


def _names(key: str, value: Value) -> list[str]:
    if isinstance(value, list | dict):
        return [name for item in value for name in _names("", item)]
    text = one_line(written(value) or "")
    if not key or not text:
        return [text] if text else []
    by_words = key in _PLURAL and "," not in text
    parts = text.split() if by_words else text.split(",")
    return [part.strip() for part in parts if part.strip()]
