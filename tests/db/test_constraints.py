"""What must never be is refused by the database itself, whoever writes."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.fixtures.servers import NewDatabase, connected, execute

POST = (
    "INSERT INTO posts (slug, title, excerpt, body, body_html, body_text, word_count, author_id, status, published_at) "
)
FILL = (
    "INSERT INTO users (username, name, email) VALUES ('Ann', 'Ann', 'Ann@x.example'), ('bo', 'Bo', NULL)",
    "INSERT INTO tags (slug, name) VALUES ('news', 'News')",
    POST
    + "VALUES ('one', 'One', '', '', '', '', 0, 1, 'DRAFT', NULL), ('two', 'Two', '', '', '', '', 0, 1, 'DRAFT', NULL)",
    "INSERT INTO comments (post_id, author_id, body, body_html) VALUES (1, 1, '', ''), (2, 1, '', '')",
    "INSERT INTO revisions (post_id, version, title, summary, body) VALUES (1, 1, '', '', '')",
)


@pytest.fixture(scope="module")
async def connection(new_database: NewDatabase) -> AsyncIterator[asyncpg.Connection]:
    url = await new_database()
    await execute(url, *FILL)
    async with connected(url) as connection:
        yield connection


@pytest.mark.parametrize(
    ("sql", "constraint"),
    [
        ("INSERT INTO users (username, name) VALUES ('ANN', 'Other')", "users_username_key_key"),
        ("UPDATE users SET email = 'ann@X.example' WHERE username = 'bo'", "users_email_key_key"),
        ("UPDATE users SET email = 'nowhere' WHERE username = 'bo'", "users_email_check"),
        ("INSERT INTO users (username, name) VALUES ('a b', 'Other')", "users_username_check"),
        ("INSERT INTO users (username, name) VALUES ('', 'Other')", "users_username_check"),
        ("UPDATE users SET name = '' WHERE username = 'bo'", "users_name_check"),
        ("UPDATE users SET role = 'KING' WHERE username = 'bo'", "users_role_check"),
        ("UPDATE users SET password_hash = 'x' WHERE username = 'bo'", "users_account_check"),
        ("UPDATE users SET bio = 'x' WHERE username = 'bo'", "users_bio_html_check"),
        ("INSERT INTO tags (slug, name) VALUES ('news', 'Other')", "tags_slug_key"),
        ("INSERT INTO tags (slug, name) VALUES ('other', 'NEWS')", "tags_name_key_key"),
        ("INSERT INTO tags (slug, name) VALUES ('No Slug', 'Other')", "tags_slug_check"),
        ("UPDATE posts SET slug = 'two' WHERE slug = 'one'", "posts_slug_key"),
        ("UPDATE posts SET slug = 'a/b' WHERE slug = 'one'", "posts_slug_check"),
        ("UPDATE posts SET title = '' WHERE slug = 'one'", "posts_title_check"),
        ("UPDATE posts SET status = 'PUBLISHED' WHERE slug = 'one'", "posts_published_at_check"),
        ("UPDATE posts SET status = 'LOST' WHERE slug = 'one'", "posts_status_check"),
        ("UPDATE posts SET version = 0 WHERE slug = 'one'", "posts_version_check"),
        ("UPDATE posts SET author_id = 99 WHERE slug = 'one'", "posts_author_id_fkey"),
        ("INSERT INTO post_tags VALUES (1, 99, 0)", "post_tags_tag_id_fkey"),
        ("INSERT INTO post_coauthors VALUES (1, 1, 1, 0)", "post_coauthors_not_the_author_check"),
        ("INSERT INTO post_coauthors VALUES (1, 1, 2, 0)", "post_coauthors_post_id_author_id_fkey"),
        ("UPDATE comments SET status = 'GONE' WHERE id = 1", "comments_status_check"),
        ("UPDATE comments SET parent_id = 2 WHERE id = 2", "comments_parent_is_older_check"),
        ("UPDATE comments SET parent_id = 1 WHERE id = 2", "comments_parent_fkey"),
        ("INSERT INTO comments (post_id, author_id, body, body_html) VALUES (9, 1, '', '')", "comments_post_id_fkey"),
        (
            "INSERT INTO revisions (post_id, version, title, summary, body) VALUES (1, 1, '', '', '')",
            "revisions_post_version_key",
        ),
        ("DELETE FROM users WHERE username = 'Ann'", "posts_author_id_fkey"),
    ],
)
async def test_what_must_never_be_is_refused(connection: asyncpg.Connection, sql: str, constraint: str) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        await connection.execute(sql)
    assert refused.value.constraint_name == constraint


async def test_an_author_cannot_become_his_own_coauthor_by_a_change_of_author(connection: asyncpg.Connection) -> None:
    await connection.execute("INSERT INTO post_coauthors VALUES (2, 2, 1, 0)")
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute("UPDATE posts SET author_id = 2 WHERE id = 2")
