"""Only the columns that a query asks for are read."""

import re
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.fixtures.api import Api, Statements, serving
from tests.fixtures.servers import NewDatabase, execute, settings_for

POST = (
    "INSERT INTO posts (slug, title, excerpt, body, body_html, body_text, word_count, author_id, status, published_at) "
)
FILL = (
    "INSERT INTO users (username, name, bio, bio_html) VALUES ('ann', 'Ann', repeat('b', 5000), '')",
    "INSERT INTO tags (slug, name, description) VALUES ('t', 'T', repeat('d', 5000))",
    POST + "SELECT 'p' || i, 'P', '', repeat('x', 50000), repeat('h', 50000), 'text', 1, 1, 'PUBLISHED', now() "
    "FROM generate_series(1, 50) i",
    "INSERT INTO post_tags SELECT id, 1, 0 FROM posts",
    "INSERT INTO comments (post_id, author_id, body, body_html) SELECT id, 1, repeat('c', 5000), '' FROM posts",
)
WIDE = re.compile(r"\b(body|body_html|body_text|bio|bio_html|description|summary|excerpt|search|email|password_hash)\b")


@pytest.fixture
async def api(statements: Statements, new_database: NewDatabase, redis_url: str) -> AsyncIterator[Api]:
    del statements  # it must be listening before the first connection
    url = await new_database()
    await execute(url, *FILL)
    async with serving(settings_for(url, redis_url)) as api:
        yield api


@pytest.mark.parametrize(
    "query",
    [
        "{ posts(first: 50) { nodes { title slug } } }",
        "{ posts(first: 50) { edges { node { title } } totalCount } }",
        "{ posts(first: 50) { nodes { author { name } tags { name } comments(first: 3) { nodes { createdAt } } } } }",
        '{ tag(slug: "t") { posts { nodes { title related { title } previous { title } next { title } } } } }',
        "{ users { nodes { username posts { nodes { title } } } } }",
        "{ posts { nodes { title ...Body @include(if: false) } } } fragment Body on Post { body bodyHtml }",
        '{ nodes(ids: ["UG9zdDox", "VXNlcjox"]) { id ... on Post { title } ... on User { name } } }',
    ],
)
async def test_a_list_of_titles_reads_no_wide_column(api: Api, statements: Statements, query: str) -> None:
    with statements.counted() as sent:
        await api.data(query)
    read = [re.split(r"\sFROM\s", sql.removeprefix("SELECT"), maxsplit=1)[0] for sql in sent]
    assert read
    assert [columns for columns in read if WIDE.search(columns)] == []


async def test_a_body_is_read_just_where_it_is_asked_for(api: Api, statements: Statements) -> None:
    with statements.counted() as sent:
        await api.data('{ post(by: {slug: "p1"}) { body author { posts { nodes { title } } } } }')
    assert len([sql for sql in sent if re.search(r"\bbody\b", sql)]) == 1


async def test_a_list_of_titles_moves_no_more_bytes_for_longer_bodies(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[int] = []
    fetch = asyncpg.Connection.fetch

    async def fetch_and_weigh(self: asyncpg.Connection, query: str, *args: object, **named: object) -> object:
        records = await fetch(self, query, *args, **named)  # type: ignore[call-overload] # handed on as it came
        moved.append(sum(len(str(value)) for record in records for value in record))
        return records

    monkeypatch.setattr(asyncpg.Connection, "fetch", fetch_and_weigh)
    await api.data("{ posts(first: 50) { nodes { title author { name } tags { name } } } }")
    assert sum(moved) < 50 * 200
    moved.clear()
    await api.data("{ posts(first: 50) { nodes { body } } }")
    assert sum(moved) > 50 * 50_000
