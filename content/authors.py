"""Who wrote a document: the names of its front matter, and the registry that explains their keys."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from content.documents import MAX_KEY_LENGTH, MAX_NAME_LENGTH, Author
from content.text import one_line, storable, written
from content.yaml_text import Value
from core.slugs import slugify

# What `users.username` holds.
_KEY = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{MAX_KEY_LENGTH - 1}}}", re.ASCII)
_SEPARATOR = re.compile(r"\s*(?:;|,(?:\s*(?:and|&)\s)?|\s(?:and|&)\s)\s*", re.IGNORECASE)
# Parts of a name that follow a comma.
_SUFFIX = re.compile(r"(?:jr|sr|ph\.?d|m\.?d|esq|ii|iii|iv)\.?", re.IGNORECASE)
_ADDRESS = re.compile(r"<[^<>\s]+@[^<>\s]+>")
_KEY_FIELDS = ("key", "username", "id", "slug", "login", "nick")
_NAME_FIELDS = ("name", "display_name", "title", "full_name")
_BIO_FIELDS = ("bio", "about", "description")
_URL_FIELDS = ("url", "website", "homepage", "web", "site", "link")
_GITHUB = re.compile(r"[A-Za-z0-9-]{1,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Registry:
    """Authors by key, and by name; neither minds case."""

    authors: tuple[Author, ...] = ()
    _found: Mapping[str, Author] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[str, Author] = {}
        for author in (*self.authors,):
            found.setdefault(author.key.casefold(), author)
        for author in self.authors:
            found.setdefault(author.name.casefold(), author)
        object.__setattr__(self, "_found", found)

    def find(self, name: str) -> Author | None:
        """Find an author by key, or else by name."""
        return self._found.get(name.casefold())


def author_key(text: str) -> str:
    """Make a key of a name or a foreign key; one that could be a username stays as it is."""
    if _KEY.fullmatch(text):
        return text
    key = slugify(text)[:MAX_KEY_LENGTH].rstrip("-")
    return key or "author-" + hashlib.sha256(text.encode()).hexdigest()[:8]


def named_author(name: str) -> Author:
    """Make an author of nothing but a name; the key is the name's slug."""
    return Author(author_key(slugify(name) or name), name)


def author_of_mapping(key: str | None, values: Mapping[str, Value]) -> tuple[Author | None, set[str]]:
    """Read an author's mapping: the author, None without key and name, and the fields that have no place here."""
    rest = {str(name).lower(): value for name, value in values.items()}
    key = key or _first(rest, _KEY_FIELDS)
    name = _first(rest, _NAME_FIELDS)
    bio = _first(rest, _BIO_FIELDS)
    url = _first(rest, _URL_FIELDS)
    if url is None and _GITHUB.fullmatch(github := written(rest.get("github")) or ""):
        rest.pop("github")
        url = f"https://github.com/{github}"
    left = {field for field, value in rest.items() if value is not None}
    name = one_line(name or key or "")[:MAX_NAME_LENGTH].rstrip()
    if not name:
        return None, left
    return Author(author_key(key) if key else named_author(name).key, name, bio, url), left


def _first(values: dict[str, Value], names: Iterable[str]) -> str | None:
    for name in names:
        text = written(values.get(name))
        if text is not None:
            values.pop(name)
            return text
    return None


def read_authors(values: Iterable[Value], registry: Registry, note: Callable[[str], None]) -> tuple[Author, ...]:
    """Read the values of `authors` and `author`: keys of the registry, names, mappings, and lists of them.

    A text that the registry does not know is split as in "A, B and C", "A & B" and "A; B"; so "Last, First" is two
    people, unless it is one item of a list: those are one author each. Each key comes once, as first named.
    """
    found: dict[str, Author] = {}
    for value in values:
        for author in _read(value, registry, note):
            known = found.setdefault(author.key.casefold(), author)
            if known.name != author.name:
                note(f"the authors {known.name!r} and {author.name!r} have one key and were taken for one")
    return tuple(found.values())


def _read(value: Value, registry: Registry, note: Callable[[str], None]) -> list[Author]:
    if isinstance(value, list):
        found = []
        for item in value:
            found += _read(item, registry, note) if isinstance(item, dict | list) else _one(item, registry, note)
        return found
    if isinstance(value, dict):
        author, left = author_of_mapping(None, value)
        if author is None:
            note("an author without name was left out")
            return []
        if left:
            note(f"of the author {author.name!r} was left out: {', '.join(sorted(left))}")
        return [author]
    text = one_line(written(value) or "")
    if not text or registry.find(text):
        return _one(text, registry, note)
    return [author for part in _people(text) for author in _one(part, registry, note)]


def _one(value: Value, registry: Registry, note: Callable[[str], None]) -> list[Author]:
    name = one_line(written(value) or "")
    if author := registry.find(name):
        return [author]
    if _ADDRESS.search(name):
        name = one_line(_ADDRESS.sub("", name))
        note(f"the e-mail address of the author {name!r} was left out")
    if len(name) > MAX_NAME_LENGTH:
        name = name[:MAX_NAME_LENGTH].rstrip()
        note(f"an author's name was cut to {MAX_NAME_LENGTH} characters")
    if not name:
        return []
    return [registry.find(name) or named_author(name)]


def _people(text: str) -> list[str]:
    people: list[str] = []
    for part in _SEPARATOR.split(storable(text)):
        if people and _SUFFIX.fullmatch(part):
            people[-1] += f", {part}"
        elif part:
            people.append(part)
    return people
