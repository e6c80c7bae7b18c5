"""What is exported imports again to the same content."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.authors import named_author
from content.documents import Document
from content.errors import ContentError
from content.exporter import export_tree
from content.importer import Importer, ImportOptions
from content.reader import Reader, ReadOptions
from content.report import ImportReport
from content.writer import write_document
from db.database import Database
from tests.content.test_writer import documents
from tests.fixtures.servers import NewDatabase, connected, execute, settings_for

LATER = datetime(9999, 12, 31, tzinfo=UTC)
EMPTY = "TRUNCATE users, posts, tags CASCADE"
CONTENT = """
SELECT p.slug, p.title, p.summary, p.excerpt, p.body, p.body_html, p.body_text, p.word_count, p.status, p.published_at,
  p.updated_at, p.canonical_url, u.username, u.name, u.bio, u.bio_html, u.url, s.front_matter,
  (SELECT array_agg(c.username ORDER BY pc.position) FROM post_coauthors pc JOIN users c ON c.id = pc.user_id
   WHERE pc.post_id = p.id),
  (SELECT array_agg(t.name ORDER BY pt.position) FROM post_tags pt JOIN tags t ON t.id = pt.tag_id
   WHERE pt.post_id = p.id)
FROM posts p JOIN users u ON u.id = p.author_id LEFT JOIN post_sources s ON s.post_id = p.id ORDER BY p.slug
"""


@pytest.fixture(scope="module")
async def url(new_database: NewDatabase) -> str:
    return await new_database()


@pytest.fixture(scope="module")
async def database(url: str, redis_url: str) -> AsyncIterator[Database]:
    database = Database(settings_for(url, redis_url), url)
    yield database
    await database.close()


def _unlike(posts: list[Document]) -> list[Document]:
    """Leave out what would be two people under one username, or two names of one tag: the later has no say."""
    people, tags = dict[str, Any](), dict[str, str]()
    return [
        post
        for post in posts
        if all(people.setdefault(author.key.lower(), author) == author for author in post.authors)
        and all(tags.setdefault(tag.lower(), tag) == tag for tag in post.tags)
    ]


async def _import(database: Database, tree: Path) -> ImportReport:
    options = ImportOptions("tree", named_author("The Desk"))
    return await Importer(database, Reader(tree, ReadOptions(now=LATER)), options).run()


async def _export(database: Database, tree: Path) -> dict[str, bytes]:
    await export_tree(database, tree, lambda _number: None, lambda _path: None)
    return {str(path.relative_to(tree)): path.read_bytes() for path in sorted(tree.rglob("*")) if path.is_file()}


async def _content(url: str) -> list[tuple[Any, ...]]:
    async with connected(url) as connection:
        return [tuple(record) for record in await connection.fetch(CONTENT)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(posts=st.lists(documents(), max_size=4, unique_by=lambda post: post.slug).map(_unlike))
async def test_an_exported_blog_imports_to_the_same_content(
    url: str, database: Database, tmp_path_factory: pytest.TempPathFactory, posts: list[Document]
) -> None:
    folder = tmp_path_factory.mktemp("blog")
    await execute(url, EMPTY)
    for post in posts:
        write_document(post, folder / "written")
    (folder / "written").mkdir(exist_ok=True)
    report = await _import(database, folder / "written")
    assert (report.created, report.failures) == (len(posts), [])
    before, files = await _content(url), await _export(database, folder / "first")

    await execute(url, EMPTY)
    report = await _import(database, folder / "first")
    assert (report.created, report.failures) == (len(posts), [])
    assert await _content(url) == before
    assert await _export(database, folder / "second") == files


async def test_a_folder_that_holds_something_is_left_alone(database: Database, tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text("mine")
    with pytest.raises(ContentError, match="is not empty"):
        await _export(database, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.md"]


async def test_nothing_private_is_exported(url: str, database: Database, tmp_path: Path) -> None:
    await execute(
        url,
        EMPTY,
        "INSERT INTO users (username, name, email, password_hash) VALUES ('ann', 'Ann', 'secret@x.example', 'hash!')",
        "INSERT INTO posts (slug, title, excerpt, body, body_html, body_text, word_count, author_id) "
        "SELECT 'a', 'A', '', '', '', '', 0, id FROM users",
    )
    files = await _export(database, tmp_path / "out")
    assert list(files) == ["authors.yml", "drafts/a.md"]
    assert not any(b"secret" in text or b"hash!" in text for text in files.values())
