"""Documents written as files that the reader gives back."""

from pathlib import Path, PurePosixPath

from content.authors import Registry, read_authors
from content.dates import read_path
from content.documents import Author, Document, Status
from content.fields import METADATA, is_reserved
from content.yaml_text import Value, dump


def write_document(document: Document, directory: Path, registry: Registry | None = None) -> Path:
    """Write `YYYY/slug.md`, or `drafts/slug.md`, with YAML front matter; give the path below `directory`.

    Authors whom the registry has just so are written by their key; reading needs the registry then.
    """
    path = directory / _path(document)
    path.parent.mkdir(parents=True, exist_ok=True)
    head = dump(_front_matter(document, registry or Registry()))
    path.write_text(f"---\n{head}---\n\n{document.body}\n", encoding="utf-8", newline="\n")
    return path


def _path(document: Document) -> PurePosixPath:
    if document.published_at is not None and document.status is not Status.DRAFT:
        return PurePosixPath(f"{document.published_at.year:04}", f"{document.slug}.md")
    path = PurePosixPath("drafts", f"{document.slug}.md")
    # A slug that begins with a date would date the draft.
    return path if read_path(str(path)).day is None else path.with_name(f"undated-{document.slug}.md")


def _front_matter(document: Document, registry: Registry) -> dict[str, Value]:
    values: dict[str, Value] = {"title": document.title, "slug": document.slug}
    if document.published_at is not None:
        values["date"] = document.published_at.isoformat()
    if document.updated_at is not None:
        values["updated"] = document.updated_at.isoformat()
    if document.status is Status.DRAFT:
        values["draft"] = True
    elif document.status is Status.ARCHIVED:
        values["status"] = "archived"
    if document.authors:
        values["authors"] = [_author(author, registry) for author in document.authors]
    if document.tags:
        values["tags"] = list(document.tags)
    if document.summary is not None:
        values["summary"] = document.summary
    if document.canonical_url is not None:
        values["canonical_url"] = document.canonical_url
    nested: dict[str, Value] = {}
    for key, value in document.metadata.items():
        (nested if is_reserved(key) else values)[key] = value
    return values | ({METADATA: nested} if nested else {})


def _ignore(_message: str) -> None:
    """Reading a name to try it is no news."""


def _author(author: Author, registry: Registry) -> Value:
    for text in (author.key, author.name):
        if read_authors([[text]], registry, _ignore) == (author,):
            return text
    values = {"key": author.key, "name": author.name, "bio": author.bio, "url": author.url}
    return {name: value for name, value in values.items() if value is not None}
