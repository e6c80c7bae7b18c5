"""post_listings is kept by triggers: whatever is written, however, it says what a plain query would."""

import asyncio
import contextlib

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures.servers import NewDatabase, connected, execute

CARD = "p.status, p.published_key, p.updated_at, p.created_at, p.title_key"
DERIVED = f"""
SELECT 'author', p.author_id, p.id, {CARD} FROM posts p
UNION ALL SELECT 'author', c.user_id, p.id, {CARD} FROM post_coauthors c JOIN posts p ON p.id = c.post_id
UNION ALL SELECT 'tag', t.tag_id, p.id, {CARD} FROM post_tags t JOIN posts p ON p.id = t.post_id
ORDER BY 1, 2, 3
"""
KEPT = "SELECT p.kind, p.list_id, p.post_id, " + CARD + " FROM post_listings p ORDER BY 1, 2, 3"
POST = "(slug, title, excerpt, body, body_html, body_text, word_count, status, author_id, published_at)"

NEW = "'p' || nextval('numbers')"

# Each with numbers for {a} and {b}; what breaks a rule is refused whole, and must leave the lists as they were.
WRITES = (
    f"INSERT INTO posts {POST} SELECT {NEW}, 'T{{a}}', '', '', '', '', 0, 'DRAFT', 1 + {{a}} % 4, NULL",
    (
        f"INSERT INTO posts {POST} SELECT {NEW}, 'T', '', '', '', '', 0, 'PUBLISHED', 1 + i % 4, now() "
        "FROM generate_series(1, {a}) i"
    ),
    "UPDATE posts SET status = 'PUBLISHED', published_at = now() WHERE id % 5 = {a}",
    "UPDATE posts SET status = 'ARCHIVED' WHERE id % 4 = {a}",
    "UPDATE posts SET title = 'U' || {a} || title, updated_at = now() WHERE id % 3 = {b}",
    "UPDATE posts SET author_id = 1 + (author_id + {a}) % 4 WHERE id % 4 = {b}",
    "UPDATE posts SET body = 'b' WHERE id % 2 = {a}",
    "INSERT INTO post_tags SELECT id, 1 + (id + {a}) % 3, 0 FROM posts WHERE id % 3 = {b} ON CONFLICT DO NOTHING",
    "DELETE FROM post_tags WHERE post_id % 4 = {a}",
    (
        "UPDATE post_tags t SET tag_id = 3 WHERE tag_id = 1 + {a} % 2 AND NOT EXISTS "
        "(SELECT FROM post_tags WHERE tag_id = 3 AND post_id = t.post_id)"
    ),
    (
        "INSERT INTO post_coauthors SELECT id, 1 + (author_id + {a}) % 4, author_id, 0 FROM posts WHERE id % 3 = {b} "
        "AND 1 + (author_id + {a}) % 4 <> author_id ON CONFLICT DO NOTHING"
    ),
    "DELETE FROM post_coauthors WHERE post_id % 3 = {a}",
    "DELETE FROM posts WHERE id % 6 = {a}",
    "DELETE FROM tags WHERE id = 2 AND {a} = 0",
)


@pytest.fixture(scope="module")
async def url(new_database: NewDatabase) -> str:
    url = await new_database()
    await execute(url, "CREATE SEQUENCE numbers")
    return url


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes=st.lists(st.tuples(st.sampled_from(WRITES), st.integers(0, 5), st.integers(0, 3)), max_size=12))
async def test_whatever_is_written_the_lists_say_what_the_tables_say(
    url: str, writes: list[tuple[str, int, int]]
) -> None:
    async with connected(url) as connection:
        await connection.execute("TRUNCATE users, posts, tags RESTART IDENTITY CASCADE")
        await connection.execute(
            "INSERT INTO users (username, name) SELECT 'u' || i, 'U' FROM generate_series(1, 4) i;"
            "INSERT INTO tags (slug, name) SELECT 't' || i, 'T' || i FROM generate_series(1, 3) i"
        )
        for sql, a, b in [(WRITES[1], 5, 0), *writes]:
            with contextlib.suppress(asyncpg.IntegrityConstraintViolationError):
                await connection.execute(sql.format(a=a, b=b))
            assert await connection.fetch(KEPT) == await connection.fetch(DERIVED), sql.format(a=a, b=b)


async def test_a_tag_that_is_added_while_the_post_is_published_lists_it_as_published(new_database: NewDatabase) -> None:
    url = await new_database()
    await execute(
        url,
        "INSERT INTO users (username, name) VALUES ('u', 'U')",
        "INSERT INTO tags (slug, name) VALUES ('t', 'T')",
        f"INSERT INTO posts {POST} VALUES ('p', 'P', '', '', '', '', 0, 'DRAFT', 1, NULL)",
    )
    async with connected(url) as publisher, connected(url) as tagger:
        publishing = publisher.transaction()
        await publishing.start()
        await publisher.execute("UPDATE posts SET status = 'PUBLISHED', published_at = now()")
        tagging = asyncio.create_task(tagger.execute("INSERT INTO post_tags VALUES (1, 1, 0)"))
        await asyncio.sleep(0.2)
        assert not tagging.done(), "the tag must wait for the post"
        await publishing.commit()
        await tagging
        assert await tagger.fetch(KEPT) == await tagger.fetch(DERIVED)
        assert await tagger.fetchval("SELECT status FROM post_listings WHERE kind = 'tag'") == "PUBLISHED"
