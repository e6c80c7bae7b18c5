"""A tree of Markdown becomes posts: files that did not change write nothing, and one bad file stops nothing else."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from content.documents import Author, Document, Failure, Note, Reading
from content.reader import Reader
from content.report import ImportReport
from core.markdown import Rendered, render
from db.database import Database, WriteSession
from db.writes.imports import (
    ImportedFile,
    KnownFile,
    adopt_post,
    import_post,
    known_files,
    move_post,
    reimport_post,
    same_post,
)
from db.writes.people import Profile, ensure_authors
from db.writes.posts import PostContent
from db.writes.savepoint import RowRefusedError, savepoint
from db.writes.tags import ensure_tags

FILES_A_TRANSACTION = 50


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to import."""

    source: str
    """Names the tree: a file is known again by this and its path."""
    author: Author
    """Of posts that name none."""
    dry_run: bool = False
    """Do everything, and take it back at the end."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A file that was read, and rendered if it must be written."""

    reading: Reading
    document: Document
    content_hash: str
    rendered: Rendered | None


class Importer:
    """One import of one tree."""

    def __init__(self, database: Database, reader: Reader, options: ImportOptions) -> None:
        self._database = database
        self._reader = reader
        self._options = options
        self._known: dict[str, KnownFile] = {}
        # Files of earlier imports that are no longer there: one may lie elsewhere now.
        self._gone: dict[int, KnownFile] = {}
        self.report = ImportReport(notes=list(reader.notes), failures=list(reader.failures))

    async def run(self, on_file: Callable[[str], None] = lambda _path: None) -> ImportReport:
        """Import every file, and tell of each when it is done."""
        async with self._database.write() as session:
            self._known = await known_files(session, self._options.source)
        paths = list(self._reader.paths)
        there = set(paths)
        self._gone = {known.post_id: known for path, known in self._known.items() if path not in there}
        size = len(paths) if self._options.dry_run else FILES_A_TRANSACTION
        for start in range(0, len(paths), size or 1):
            async with self._database.write() as session:
                for path in paths[start : start + size]:
                    await self._file(session, path)
                    on_file(path)
                if self._options.dry_run:
                    await session.rollback()
        return self.report

    async def _file(self, session: WriteSession, path: str) -> None:
        ready = await asyncio.to_thread(self._read, path)
        if isinstance(ready, Reading):
            self.report.notes.extend(ready.notes)
            if ready.failure is not None:
                self.report.failures.append(ready.failure)
            else:
                self.report.left_out += 1
            return
        try:
            async with savepoint(session):
                await self._write(session, ready)
        except RowRefusedError as error:
            # The database has the last word on what a row may be; the other files go on.
            self.report.failures.append(Failure(path, f"the database refused it: {error}"))
        else:
            self.report.notes.extend(ready.reading.notes)

    def _read(self, path: str) -> _Ready | Reading:
        """Off the event loop: reading, hashing and rendering."""
        reading = self._reader.read(path)
        if reading.document is None:
            return reading
        content_hash = reading.document.content_hash()
        known = self._known.get(path)
        unchanged = known is not None and known.content_hash == content_hash
        return _Ready(reading, reading.document, content_hash, None if unchanged else render(reading.document.body))

    async def _write(self, session: WriteSession, ready: _Ready) -> None:
        document, report = ready.document, self.report
        if ready.rendered is None:
            report.unchanged += 1
            return
        file = ImportedFile(self._options.source, document.path, ready.content_hash, document.slug, document.metadata)
        known = self._known.get(document.path)
        if known is None and (same := await same_post(session, document.slug, document.title, document.body)):
            known = self._gone.pop(same, None)
            if known is None:
                await adopt_post(session, file, same)
                report.notes.append(Note(document.path, f"the post {document.slug} has this title and text already"))
            elif known.content_hash == file.content_hash:
                await move_post(session, file, same)
            if known is None or known.content_hash == file.content_hash:
                report.unchanged += 1
                return
        content, editor_id = await self._content(session, document, ready.rendered)
        if known is None:
            slug = await import_post(session, file, content, editor_id)
            report.created += 1
        else:
            slug = await reimport_post(session, file, known, content, editor_id)
            report.updated += 1
        if slug != document.slug and known is None:
            report.notes.append(Note(document.path, f"the slug {document.slug} is taken: {slug}"))

    async def _content(self, session: WriteSession, document: Document, rendered: Rendered) -> tuple[PostContent, int]:
        authors = document.authors or (self._options.author,)
        profiles = [Profile(author.key, author.name, author.bio, author.url) for author in authors]
        ids, new_authors = await ensure_authors(session, profiles)
        author_id, *coauthor_ids = [ids[author.key.lower()] for author in authors]
        tag_ids, new_tags = await ensure_tags(session, document.tags)
        self.report.authors += new_authors
        self.report.tags += new_tags
        self.report.coauthors += len(coauthor_ids)
        content = PostContent(
            title=document.title,
            body=document.body,
            rendered=rendered,
            author_id=author_id,
            summary=document.summary,
            status=document.status.value,
            published_at=document.published_at,
            updated_at=document.updated_at,
            canonical_url=document.canonical_url,
            coauthor_ids=coauthor_ids,
            tag_ids=tag_ids,
        )
        return content, author_id
