"""Posts become a tree of Markdown that imports again to the same content."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from content.authors import Registry
from content.documents import Author, Document, Status
from content.errors import ContentError
from content.registry import write_registry
from content.writer import write_document
from db.database import Database
from db.exports import WholePost, count_posts, read_authors, read_posts


@dataclass(frozen=True, slots=True)
class ExportReport:
    """How many files were written."""

    posts: int
    authors: int


async def export_tree(
    database: Database, directory: Path, on_count: Callable[[int], None], on_post: Callable[[str], None]
) -> ExportReport:
    """Write every post, whatever its status, into an empty or new directory, and the authors into its registry.

    Accounts and comments have no place in a tree of Markdown and stay behind.

    Raises:
        ContentError: the directory holds something already, or cannot be written.

    """
    try:
        await asyncio.to_thread(_prepare, directory)
        session = database.read()
        on_count(await count_posts(session))
        authors = {
            author_id: Author(author.username, author.name, author.bio, author.url)
            for author_id, author in (await read_authors(session)).items()
        }
        registry = Registry(tuple(authors.values()))
        await asyncio.to_thread(write_registry, tuple(authors.values()), directory)
        number = 0
        async for post in read_posts(session):
            document = _document(post, authors)
            path = await asyncio.to_thread(write_document, document, directory, registry)
            on_post(str(path))
            number += 1
    except OSError as error:
        raise ContentError(f"{directory} cannot be written: {error.strerror or error}") from error
    return ExportReport(number, len(authors))


def _prepare(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise ContentError(f"{directory} is not empty: name a new folder, so that nothing of yours is overwritten")


def _document(post: WholePost, authors: dict[int, Author]) -> Document:
    return Document(
        path="",
        slug=post.slug,
        title=post.title,
        body=post.body,
        summary=post.summary,
        status=Status(post.status),
        published_at=post.published_at,
        updated_at=post.updated_at,
        canonical_url=post.canonical_url,
        authors=tuple(authors[author_id] for author_id in post.authors),
        tags=post.tags,
        metadata=post.front_matter,
    )
