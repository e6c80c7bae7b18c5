"""Every write path states what it changed: of each row that differs afterwards how, and of no other row."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLObjectType
from sqlalchemy import text

from content.authors import named_author
from content.importer import Importer, ImportOptions
from content.reader import Reader, ReadOptions
from core.settings import Settings
from db.changes import stated_changes
from db.database import WriteSession
from gql.schema import build_schema
from tests.db.watched import watched
from tests.fixtures.scene import WRITES, WRITES_NO_ROWS, Scene, made
from tests.fixtures.servers import connected, execute
from tests.fixtures.viewers import Schema, opened
from tests.model.read import committed_schema

SCHEMA = build_schema()
MUTATIONS = committed_schema().mutation_type
AUTH_TO_COME: frozenset[str] = frozenset()
"""Mutations of accounts that are not exercised yet."""


@pytest.fixture
async def schema(settings: Settings) -> AsyncIterator[Schema]:
    async for schema in opened(settings, SCHEMA):
        yield schema


@pytest.fixture
async def scene(schema: Schema) -> Scene:
    return await made(schema)


def _mutation(name: str) -> GraphQLObjectType:
    assert MUTATIONS is not None
    found = MUTATIONS.fields[name].type.of_type
    assert isinstance(found, GraphQLObjectType)
    return found


def test_every_mutation_of_the_schema_is_tried_here() -> None:
    assert MUTATIONS is not None
    assert set(MUTATIONS.fields) - WRITES_NO_ROWS - AUTH_TO_COME == set(WRITES)


@pytest.mark.parametrize("name", WRITES)
async def test_a_mutation_states_just_what_it_changed(name: str, schema: Schema, scene: Scene) -> None:
    who, given = WRITES[name](scene)
    async with watched(schema.url) as written:
        await schema.mutate(who, name, "clientMutationId", **given)
    assert written.before != written.after
    assert written.changes
    written.check()


async def test_a_mutation_that_changes_nothing_states_nothing(schema: Schema, scene: Scene) -> None:
    async with watched(schema.url) as written:
        for _ in range(2):
            await schema.mutate(scene.ann, "updateComment", "clientMutationId", id=scene.comment, body="Nice")
            given = {"title": "Title", "body": "Text", "tags": ["figs", "Kiwi"], "slug": "title"}
            await schema.mutate(scene.ann, "updatePost", "clientMutationId", id=scene.published, **given)
            await schema.mutate(scene.eve, "moderateComments", "clientMutationId", ids=[scene.comment], action="SHOW")
            await schema.mutate(scene.eve, "updateTag", "clientMutationId", id=scene.tag, name="Figs")
    assert written.changes == []
    assert written.before == written.after


def _tree(folder: Path, **files: str) -> None:
    for name, content in files.items():
        (folder / f"{name}.md").write_text(content, encoding="utf-8")


async def _imported(schema: Schema, folder: Path) -> None:
    options = ImportOptions("tree", named_author("The Desk"))
    reader = Reader(folder, ReadOptions(now=datetime(2026, 6, 1, tzinfo=UTC)))
    report = await Importer(schema.database, reader, options).run()
    assert report.failures == []


async def test_an_import_states_just_what_it_changed(schema: Schema, tmp_path: Path) -> None:
    first = "---\ntitle: First\nauthors: [Ann Lee, Bo]\ntags: [Figs, Kiwi]\n---\nText.\n"
    second = "---\ntitle: Second\ntags: [Kiwi]\n---\nText.\n"
    _tree(tmp_path, first=first, second=second, third="---\ntitle: Third\n---\nText.\n")
    async with watched(schema.url) as written:
        await _imported(schema, tmp_path)
    assert sorted({entity for entity, _, _ in written.told()}) == [
        "post",
        "post_coauthor",
        "post_listing",
        "post_tag",
        "revision",
        "tag",
        "user",
    ]
    written.check()
    async with watched(schema.url) as written:
        await _imported(schema, tmp_path)
    assert written.changes == []
    _tree(tmp_path, first=first.replace("Bo]", "Cy]").replace("Figs, ", ""), second=second.replace("Text", "More"))
    (tmp_path / "third.md").rename(tmp_path / "fourth.md")
    async with watched(schema.url) as written:
        await _imported(schema, tmp_path)
    written.check()
    assert {kind for _, kind, _ in written.told()} == {"INSERT", "UPDATE", "DELETE"}


async def test_somebody_with_psql_states_changes_too(schema: Schema, scene: Scene) -> None:
    del scene
    async with watched(schema.url) as written:
        await execute(
            schema.url,
            "UPDATE posts SET title = upper(title), body = body || '!' WHERE slug = 'title'",
            "UPDATE post_tags SET position = position + 1",
            "UPDATE users SET bio = 'B', bio_html = '<p>B</p>' WHERE username = 'ann'",
            "DELETE FROM comments WHERE parent_id IS NOT NULL",
            "INSERT INTO tags (slug, name) VALUES ('figs', 'Other') ON CONFLICT (slug) DO UPDATE SET name = 'Other'",
            "WITH gone AS (DELETE FROM tags WHERE slug = 'kiwi' RETURNING 1) INSERT INTO tags (slug, name) "
            "SELECT 'nut', 'Nut' FROM gone",
        )
    written.check()
    [post] = written.of("post")
    assert (post["kind"], sorted(post["columns"])) == ("UPDATE", ["body", "title"])


async def test_rows_that_are_copied_in_are_stated(schema: Schema) -> None:
    async with watched(schema.url) as written, connected(schema.url) as connection:
        await connection.copy_records_to_table("tags", columns=["slug", "name"], records=[("a", "A"), ("b", "B")])
    written.check()
    assert len(written.of("tag")) == 2


@pytest.mark.parametrize(("number", "stated"), [(1_000, 1_000), (1_001, 1)])
async def test_more_than_a_thousand_rows_are_one_change_of_the_entity(number: int, stated: int, schema: Schema) -> None:
    made_tags = f"INSERT INTO tags (slug, name) SELECT 'tag-' || n, 'Tag ' || n FROM generate_series(1, {number}) n"
    steps = {"INSERT": made_tags, "UPDATE": "UPDATE tags SET name = name || '!'", "DELETE": "DELETE FROM tags"}
    for kind, statement in steps.items():
        async with watched(schema.url) as written:
            await execute(schema.url, statement)
        assert len(written.changes) == stated
        if stated == 1:
            assert written.told() == [("tag", kind, None)]
            assert {written.changes[0][name] for name in ("before", "after", "columns")} == {None}
        else:
            written.check()


async def test_a_transaction_that_is_rolled_back_states_nothing(schema: Schema, scene: Scene) -> None:
    del scene

    async def work(session: WriteSession) -> None:
        await session.execute(text("UPDATE posts SET title = 'Never'"))
        assert len([one for one in await stated_changes(session) if one.entity == "post"]) == 2
        raise LookupError

    async with watched(schema.url) as written:
        with pytest.raises(LookupError):
            await schema.database.transact(work)
    assert written.changes == []


async def test_what_a_savepoint_took_back_is_not_stated(schema: Schema) -> None:
    async def work(session: WriteSession) -> list[Any]:
        await session.execute(text("INSERT INTO tags (slug, name) VALUES ('stays', 'Stays')"))
        nested = await session.begin_nested()
        await session.execute(text("INSERT INTO tags (slug, name) VALUES ('goes', 'Goes')"))
        await nested.rollback()
        return await stated_changes(session)

    [change] = await schema.database.transact(work)
    assert change.after == {"slug": "stays", "name_key": "stays"}


async def test_a_transaction_hears_of_its_own_changes_and_of_no_others(schema: Schema, scene: Scene) -> None:
    del scene

    async def work(session: WriteSession) -> list[Any]:
        await execute(schema.url, "INSERT INTO tags (slug, name) VALUES ('others', 'Others')")
        await session.execute(text("UPDATE posts SET title = 'New' WHERE slug = 'title'"))
        await session.execute(text("INSERT INTO tags (slug, name) VALUES ('own', 'Own')"))
        return [change for change in await stated_changes(session) if change.entity != "post_listing"]

    post, tag = await schema.database.transact(work)
    assert (post.entity, post.kind, post.columns) == ("post", "UPDATE", {"title", "title_key"})
    assert post.before["title_key"] == "title"
    assert post.after["title_key"] == "new"
    assert (tag.entity, tag.kind, tag.before, tag.after) == ("tag", "INSERT", None, {"slug": "own", "name_key": "own"})
    assert tag.columns == set()


TABLES = ("posts", "users", "tags", "comments", "revisions", "sessions", "post_tags", "post_coauthors")


@pytest.mark.parametrize("table", TABLES)
async def test_an_update_that_changes_nothing_states_nothing(table: str, schema: Schema, scene: Scene) -> None:
    del scene
    async with connected(schema.url) as connection:
        columns = "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND attgenerated = ''"
        names = [row[0] for row in await connection.fetch(columns + " AND attidentity = ''", table)]
    async with watched(schema.url) as written:
        await execute(schema.url, f"UPDATE {table} SET {', '.join(f'{name} = {name}' for name in names)}")
    assert written.before
    # Of a link the lists are written anew.
    assert [change for change in written.changes if change["entity"] != "post_listing"] == []


async def test_a_new_password_is_told_as_nothing(schema: Schema, scene: Scene) -> None:
    del scene
    async with watched(schema.url) as written:
        await execute(schema.url, "UPDATE users SET password_hash = 'swordfish' WHERE password_hash IS NOT NULL")
    assert written.before != written.after
    assert written.changes == []


async def test_a_first_password_is_told_as_an_account_and_not_as_what_it_is(schema: Schema, scene: Scene) -> None:
    del scene
    async with watched(schema.url) as written:
        await execute(
            schema.url, "UPDATE users SET password_hash = 'swordfish', email = 'ann@example.org' WHERE username = 'ann'"
        )
    [change] = written.changes
    assert sorted(change["columns"]) == ["email", "has_account"]
    assert not re.search("swordfish|ann@|password", str(change))
