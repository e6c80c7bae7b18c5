"""Trees go in, and the API shows what was in them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from content.authors import named_author
from content.importer import Importer, ImportOptions
from content.reader import Reader, ReadOptions
from content.report import ImportReport
from core.settings import Settings
from db.database import Database
from tests.fixtures.api import Api, Statements
from tests.fixtures.servers import connected

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LATER = datetime(2100, 1, 1, tzinfo=UTC)
POSTS = """{ posts(orderBy: {field: TITLE, direction: ASC}) { totalCount nodes {
  slug title summary body version publishedAt status canonicalUrl
  author { username name hasAccount } coAuthors { username name } tags { slug name } } } }"""


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    assert settings.database_url is not None
    database = Database(settings, settings.database_url.get_secret_value())
    yield database
    await database.close()


def _write(tree: Path, path: str, text: str) -> None:
    file = tree / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


async def _import(
    database: Database, tree: Path, *, source: str = "tree", dry_run: bool = False, now: datetime = NOW
) -> ImportReport:
    options = ImportOptions(source, named_author("The Desk"), dry_run)
    return await Importer(database, Reader(tree, ReadOptions(now=now)), options).run()


async def _rows(settings: Settings) -> dict[str, list[Any]]:
    """Every row of every table, so that "writes nothing" can be seen; xmin tells even a write of the same values."""
    assert settings.database_url is not None
    tables = ("users", "posts", "tags", "post_tags", "post_coauthors", "post_listings", "revisions", "post_sources")
    async with connected(settings.database_url.get_secret_value()) as connection:
        return {t: [tuple(r) for r in await connection.fetch(f"SELECT xmin, ctid, * FROM {t}")] for t in tables}


async def test_a_file_becomes_a_post_with_all_that_it_says(api: Api, database: Database, tmp_path: Path) -> None:
    _write(
        tmp_path,
        "2024-03-05-hello.md",
        "---\ntitle: Hello\nauthors: [Ann Lee, Bo, Cy]\ntags: [C++, c, C++]\nsummary: Short.\n"
        "canonical_url: https://example.com/hello\nmood: fine\n---\nSome *text*.\n",
    )
    report = await _import(database, tmp_path)
    assert (report.created, report.authors, report.coauthors, report.tags, report.failures) == (1, 3, 2, 2, [])
    [post] = (await api.data(POSTS))["posts"]["nodes"]
    assert post == {
        "slug": "hello",
        "title": "Hello",
        "summary": "Short.",
        "body": "Some *text*.",
        "version": 1,
        "publishedAt": "2024-03-05T00:00:00+00:00",
        "status": "PUBLISHED",
        "canonicalUrl": "https://example.com/hello",
        "author": {"username": "ann-lee", "name": "Ann Lee", "hasAccount": False},
        "coAuthors": [{"username": "bo", "name": "Bo"}, {"username": "cy", "name": "Cy"}],
        "tags": [{"slug": "c-plus-plus", "name": "C++"}, {"slug": "c", "name": "c"}],
    }


async def test_an_unchanged_tree_writes_nothing(settings: Settings, database: Database, tmp_path: Path) -> None:
    for n in range(5):
        _write(tmp_path, f"2024-03-0{n + 1}-p.md", f"---\ntitle: P{n}\nauthor: A and B\ntags: [x]\n---\nText {n}.\n")
    await _import(database, tmp_path)
    before = await _rows(settings)
    report = await _import(database, tmp_path)
    assert (report.created, report.updated, report.unchanged) == (0, 0, 5)
    assert await _rows(settings) == before


async def test_a_changed_file_updates_its_post_and_makes_a_revision(
    settings: Settings, api: Api, database: Database, tmp_path: Path
) -> None:
    _write(tmp_path, "2024-03-05-one.md", "---\ntitle: One\ntags: [a, b]\nauthors: [Ann, Bo]\n---\nOld.\n")
    _write(tmp_path, "2024-03-06-two.md", "---\ntitle: Two\n---\nStays.\n")
    await _import(database, tmp_path)
    _write(tmp_path, "2024-03-05-one.md", "---\ntitle: One\ntags: [b, c]\nauthors: [Bo, Ann, Cy]\n---\nNew.\n")
    report = await _import(database, tmp_path)
    assert (report.created, report.updated, report.unchanged) == (0, 1, 1)
    first, second = (await api.data(POSTS))["posts"]["nodes"]
    assert (first["body"], first["version"], first["slug"]) == ("New.", 2, "one")
    assert [tag["name"] for tag in first["tags"]] == ["b", "c"]
    assert (first["author"]["name"], [a["name"] for a in first["coAuthors"]]) == ("Bo", ["Ann", "Cy"])
    assert second["version"] == 1
    revisions = (await _rows(settings))["revisions"]
    assert len(revisions) == 3


async def test_a_file_whose_tags_alone_changed_makes_no_revision(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    _write(tmp_path, "2024-03-05-one.md", "---\ntitle: One\ntags: [a]\n---\nText.\n")
    await _import(database, tmp_path)
    _write(tmp_path, "2024-03-05-one.md", "---\ntitle: One\ntags: [b]\n---\nText.\n")
    await _import(database, tmp_path)
    assert len((await _rows(settings))["revisions"]) == 1


async def test_one_bad_file_stops_nothing_else(api: Api, database: Database, tmp_path: Path) -> None:
    _write(tmp_path, "2024-03-05-a.md", "---\ntitle: A\n---\nText.\n")
    _write(tmp_path, "2024-03-06-b.md", "---\ntitle: [unclosed\n---\nText.\n")
    (tmp_path / "2024-03-07-c.md").write_bytes(b"---\ntitle: C\n---\nNUL \0 here\n")
    _write(tmp_path, "2024-03-08-d.md", "---\ntitle: D\n---\nText.\n")
    report = await _import(database, tmp_path)
    assert report.created == 2
    assert [failure.path for failure in report.failures] == ["2024-03-06-b.md", "2024-03-07-c.md"]
    assert all(failure.reason for failure in report.failures)
    assert [post["title"] for post in (await api.data(POSTS))["posts"]["nodes"]] == ["A", "D"]


async def test_a_file_that_the_database_refuses_is_reported_and_leaves_nothing(
    settings: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.writes.posts.excerpt", lambda text: None if "refuse" in text else text[:20])
    _write(tmp_path, "2024-03-05-a.md", "---\ntitle: A\nauthor: Only Here\n---\nPlease refuse.\n")
    _write(tmp_path, "2024-03-06-b.md", "---\ntitle: B\n---\nText.\n")
    report = await _import(database, tmp_path)
    assert (report.created, [f.path for f in report.failures]) == (1, ["2024-03-05-a.md"])
    assert "excerpt" in report.failures[0].reason
    assert [row[3] for row in (await _rows(settings))["users"]] == ["the-desk"]


async def test_drafts_and_what_is_to_come_are_not_shown(api: Api, database: Database, tmp_path: Path) -> None:
    _write(tmp_path, "2024-03-05-a.md", "---\ntitle: A\ndraft: true\n---\nText.\n")
    _write(tmp_path, "2024-03-06-b.md", "---\ntitle: B\npublished: false\n---\nText.\n")
    _write(tmp_path, "2027-01-01-c.md", "---\ntitle: C\n---\nText.\n")
    report = await _import(database, tmp_path)
    assert report.created == 3
    assert (await api.data(POSTS))["posts"]["totalCount"] == 0
    assert any("to come" in note.message for note in report.notes)


async def test_a_dry_run_says_what_would_be_and_changes_nothing(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    _write(tmp_path, "2024-03-05-a.md", "---\ntitle: A\nauthors: [X, Y]\ntags: [t]\n---\nText.\n")
    report = await _import(database, tmp_path, dry_run=True)
    assert (report.created, report.authors, report.coauthors, report.tags) == (1, 2, 1, 1)
    assert not any((await _rows(settings)).values())


async def test_equal_slugs_in_two_folders_and_in_two_trees_are_told_apart(
    api: Api, database: Database, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    _write(one, "a/2024-03-05-news.md", "---\ntitle: First\n---\n1\n")
    _write(one, "b/2024-03-05-news.md", "---\ntitle: Second\n---\n2\n")
    _write(two, "a/2024-03-05-news.md", "---\ntitle: Third\n---\n3\n")
    first = await _import(database, one, source="one")
    third = await _import(database, two, source="two")
    slugs = {post["title"]: post["slug"] for post in (await api.data(POSTS))["posts"]["nodes"]}
    assert slugs["First"] == "news"
    assert len(set(slugs.values())) == 3
    assert any("news" in note.message for note in first.notes)
    assert any("is taken" in note.message for note in third.notes)
    again = await _import(database, two, source="two")
    assert again.unchanged == 1


async def test_a_tree_that_was_exported_changes_nothing_where_it_came_from(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    _write(tmp_path, "old/2024-03-05-a.md", "---\ntitle: A\n---\nText.\n")
    await _import(database, tmp_path / "old", source="old")
    before = await _rows(settings)
    _write(tmp_path, "moved/2024/a.md", "---\ntitle: A\ndate: 2024-03-05\n---\nText.\n")
    report = await _import(database, tmp_path / "moved", source="moved")
    assert (report.created, report.unchanged) == (0, 1)
    after = await _rows(settings)
    assert {**after, "post_sources": []} == {**before, "post_sources": []}


async def test_an_author_with_an_account_keeps_his_profile(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    assert settings.database_url is not None
    async with connected(settings.database_url.get_secret_value()) as connection:
        await connection.execute(
            "INSERT INTO users (username, name, email, password_hash) VALUES ('Ann', 'Ann of Old', 'a@b.example', 'x')"
        )
    _write(tmp_path, "2024-03-05-a.md", "---\ntitle: A\nauthors: [{key: ann, name: Somebody Else}]\n---\nText.\n")
    report = await _import(database, tmp_path)
    assert report.authors == 0
    async with connected(settings.database_url.get_secret_value()) as connection:
        assert await connection.fetchval("SELECT name FROM users") == "Ann of Old"


async def test_unchanged_files_cost_no_statement_each(
    statements: Statements, settings: Settings, tmp_path: Path
) -> None:
    assert settings.database_url is not None
    database = Database(settings, settings.database_url.get_secret_value())
    for n in range(40):
        _write(tmp_path, f"2024-03-05-p{n}.md", f"---\ntitle: P{n}\n---\nText.\n")
    await _import(database, tmp_path)
    with statements.counted() as sent:
        await _import(database, tmp_path)
    await database.close()
    assert len([sql for sql in sent if "SAVEPOINT" not in sql]) < 10


async def test_the_corpora_import_whole(api: Api, database: Database) -> None:
    corpora = Path(__file__).parents[3] / "shared" / "corpora"
    if not corpora.is_dir():
        pytest.skip("there are no corpora beside this checkout")
    found = await _import(database, corpora / "18f", source="18f", now=LATER)
    assert (found.created, found.authors, found.tags, found.failures) == (504, 273, 142, [])
    found = await _import(database, corpora / "swift", source="swift", now=LATER)
    assert (found.created, found.failures) == (172, [])
    counts = await api.data("{ posts { totalCount } users { totalCount } tags { totalCount } }")
    assert counts["posts"]["totalCount"] == 676


async def test_a_file_that_moved_is_known_again(api: Api, database: Database, tmp_path: Path) -> None:
    _write(tmp_path, "2024-03-05-a.md", "---\ntitle: A\ndate: 2024-03-05\nslug: a\n---\nText.\n")
    await _import(database, tmp_path)
    (tmp_path / "posts").mkdir()
    (tmp_path / "2024-03-05-a.md").rename(tmp_path / "posts" / "a.md")
    report = await _import(database, tmp_path)
    assert (report.created, report.updated, report.unchanged) == (0, 0, 1)
    _write(tmp_path, "posts/a.md", "---\ntitle: A\ndate: 2024-03-05\nslug: a\n---\nOther text.\n")
    report = await _import(database, tmp_path)
    assert (report.created, report.updated) == (0, 1)
    [post] = (await api.data(POSTS))["posts"]["nodes"]
    assert (post["slug"], post["body"]) == ("a", "Other text.")


async def test_a_file_whose_post_is_another_files_is_noted(api: Api, database: Database, tmp_path: Path) -> None:
    _write(tmp_path, "one/2024-03-05-a.md", "---\ntitle: A\ntags: [x]\n---\nText.\n")
    _write(tmp_path, "two/2024-03-05-a.md", "---\ntitle: A\ntags: [y]\n---\nText.\n")
    await _import(database, tmp_path / "one", source="one")
    report = await _import(database, tmp_path / "two", source="two")
    assert [note.message for note in report.notes] == ["the post a has this title and text already"]
    assert (await api.data(POSTS))["posts"]["totalCount"] == 1
