"""Files that say who an author's key is: Jekyll's `_data/authors.yml`, Hugo's `data/authors.toml`, our own."""

from pathlib import Path

from content.authors import Registry, author_of_mapping
from content.documents import Author
from content.errors import ContentError, FrontMatterError
from content.front_matter import load_json, load_toml
from content.text import decode, storable, written
from content.yaml_text import Value, dump, load_mapping

MAX_BYTES = 4 * 1024 * 1024

_PLACES = ("_data", "data", ".")
_SUFFIXES = (".yml", ".yaml", ".toml", ".json")
# A tree given by its folder of posts has its registry beside that.
_POSTS = frozenset({"_posts", "posts", "content"})


def find_registry(root: Path) -> Path | None:
    """Find the registry of a tree, in the tree or, for a folder of posts alone, beside it."""
    roots = [root, root.resolve().parent] if root.resolve().name in _POSTS else [root]
    candidates = (base / place / f"authors{suffix}" for base in roots for place in _PLACES for suffix in _SUFFIXES)
    return next((path for path in candidates if path.is_file()), None)


def load_registry(path: Path) -> tuple[Registry, tuple[str, ...]]:
    """Read a registry, a mapping of keys to authors or a list of authors, and notes on what was left out of it.

    Raises:
        ContentError: the file cannot be read or holds something else.

    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ContentError(f"{path}: a registry of authors has at most {MAX_BYTES // 2**20} MiB")
        text, note = decode(path.read_bytes())
        values, notes = _load(text.replace("\r\n", "\n"), path.suffix.lower())
    except (OSError, UnicodeDecodeError, FrontMatterError) as error:
        raise ContentError(f"{path} is no registry of authors: {error}") from None
    notes = [note, *notes] if note else notes
    authors: list[Author] = []
    left_out: set[str] = set()
    for key, entry in values:
        fields = entry if isinstance(entry, dict) else {"name": entry}
        author, left = author_of_mapping(storable(key) if key is not None else None, fields)
        if author is None or (written(entry) is None and not isinstance(entry, dict)):
            notes.append(f"the entry {key or len(authors) + 1!r} names nobody and was left out")
            continue
        left_out |= left
        authors.append(author)
    if left_out:
        notes.append(f"of the authors was left out: {', '.join(sorted(left_out))}")
    return Registry(tuple(authors)), tuple(notes)


def _load(text: str, suffix: str) -> tuple[list[tuple[str | None, Value]], list[str]]:
    notes: list[str] = []
    if suffix == ".toml":
        loaded: Value = load_toml(text)
    elif suffix == ".json":
        loaded = load_json(text)
    elif text.lstrip().startswith("-") and not text.lstrip().startswith("---"):
        # A list at the top, under a key so that it is a mapping.
        wrapped, notes = load_mapping("authors:\n" + text, lambda _key: True)
        loaded = wrapped["authors"]
    else:
        loaded, notes = load_mapping(text, lambda _key: True)
    if isinstance(loaded, dict) and set(loaded) == {"authors"}:
        inner = loaded["authors"]
        loaded = loaded if isinstance(inner, dict) and "name" in inner else inner
    if isinstance(loaded, dict):
        return [(str(key), entry) for key, entry in loaded.items()], notes
    if isinstance(loaded, list):
        return [(None, entry) for entry in loaded], notes
    raise FrontMatterError("it is neither a mapping nor a list")


def write_registry(authors: tuple[Author, ...], directory: Path) -> Path:
    """Write `authors.yml` into the directory, from which `load_registry` gives back the same authors."""
    entries: dict[str, Value] = {}
    for author in authors:
        values = {"name": author.name, "bio": author.bio, "url": author.url}
        entries[author.key] = {name: value for name, value in values.items() if value is not None}
    path = directory / "authors.yml"
    directory.mkdir(parents=True, exist_ok=True)
    path.write_text(dump(entries) if entries else "", encoding="utf-8", newline="\n")
    return path
