from typing import Any

import asyncpg
import pytest

from core.errors import ServiceError, SettingsError
from core.markdown import excerpt, render
from db.seed.load import seed_database
from db.seed.plan import SeedPlan
from tests.fixtures.servers import NewDatabase, connected, execute

SMALL = SeedPlan(posts=300, users=40, tags=30, comments=600)


async def _contents(url: str) -> dict[str, list[tuple[Any, ...]]]:
    tables = ("users", "tags", "posts", "post_tags", "post_coauthors", "revisions", "comments", "post_listings")
    async with connected(url) as connection:
        return {
            table: sorted(tuple(row) for row in await connection.fetch(f"SELECT {table}::text FROM {table}"))
            for table in tables
        }


async def _numbers(connection: asyncpg.Connection, table: str) -> dict[str, int]:
    """How many rows have each status."""
    records = await connection.fetch(f"SELECT status, count(*) AS n FROM {table} GROUP BY status")
    return {record["status"]: record["n"] for record in records}


@pytest.fixture(scope="module")
async def seeded_url(new_database: NewDatabase) -> str:
    url = await new_database()
    await seed_database(url, SMALL)
    return url


async def test_the_same_seed_makes_the_same_rows(seeded_url: str, database_url: str) -> None:
    await seed_database(database_url, SMALL)
    assert await _contents(database_url) == await _contents(seeded_url)


async def test_another_seed_makes_other_rows(seeded_url: str, database_url: str) -> None:
    await seed_database(database_url, SeedPlan(posts=300, users=40, tags=30, comments=600, seed=2))
    mine, others = await _contents(database_url), await _contents(seeded_url)
    assert [table for table in mine if mine[table] == others[table]] == []


async def test_as_many_rows_are_made_and_reported_as_were_asked_for(database_url: str) -> None:
    heard: dict[str, int] = {}

    def listen(table: str, rows: int) -> None:
        heard[table] = heard.get(table, 0) + rows

    written = await seed_database(database_url, SMALL, listen)
    assert heard == written
    asked = {"posts": 300, "users": 40, "tags": 30, "comments": 600}
    assert {table: written[table] for table in asked} == asked
    async with connected(database_url) as connection:
        for table, number in written.items():
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == number


async def test_html_text_and_excerpt_are_those_of_the_body(seeded_url: str) -> None:
    async with connected(seeded_url) as connection:
        posts = await connection.fetch("SELECT body, body_html, body_text, word_count, excerpt FROM posts")
        comments = await connection.fetch("SELECT DISTINCT body, body_html FROM comments")
    for post in posts:
        rendered = render(post["body"])
        assert (post["body_html"], post["body_text"]) == (rendered.html, rendered.text)
        assert (post["word_count"], post["excerpt"]) == (rendered.word_count, excerpt(rendered.text))
        assert 100 <= post["word_count"] < 700
    assert all(comment["body_html"] == render(comment["body"]).html for comment in comments)


async def test_the_newest_revision_holds_the_current_text(seeded_url: str) -> None:
    async with connected(seeded_url) as connection:
        others = await connection.fetch(
            """
            SELECT p.id FROM posts p LEFT JOIN LATERAL (
                SELECT * FROM revisions r WHERE r.post_id = p.id ORDER BY version DESC LIMIT 1
            ) r ON true
            WHERE (p.title, coalesce(p.summary, ''), p.body, p.version)
                IS DISTINCT FROM (r.title, r.summary, r.body, r.version)
            """
        )
    assert others == []


async def test_a_few_have_most_and_all_statuses_occur(seeded_url: str) -> None:
    async with connected(seeded_url) as connection:
        for table, key in (("posts", "author_id"), ("post_tags", "tag_id"), ("comments", "post_id")):
            shares = await connection.fetch(f"SELECT count(*) AS n FROM {table} GROUP BY {key} ORDER BY n DESC")
            most, middle = shares[0]["n"], shares[len(shares) // 2]["n"]
            assert most >= 4 * middle, table
        posts = await _numbers(connection, "posts")
        comments = await _numbers(connection, "comments")
        answers = await connection.fetchval("SELECT count(*) FROM comments WHERE parent_id IS NOT NULL")
        coauthors = await connection.fetchval("SELECT count(*) FROM post_coauthors")
    assert posts.keys() == {"PUBLISHED", "DRAFT", "ARCHIVED"}
    assert posts["PUBLISHED"] > 0.8 * 300
    assert comments.keys() == {"VISIBLE", "HIDDEN", "DELETED"}
    assert (answers > 50, coauthors > 5) == (True, True)


async def test_new_rows_get_ids_beyond_the_seeded_ones(database_url: str) -> None:
    await seed_database(database_url, SMALL)
    async with connected(database_url) as connection:
        for table in ("users", "tags", "posts", "comments", "revisions"):
            top = await connection.fetchval(f"SELECT max(id) FROM {table}")
            assert await connection.fetchval(f"SELECT nextval('{table}_id_seq')") == top + 1


async def test_a_database_with_posts_is_refused_unless_appending(database_url: str) -> None:
    await seed_database(database_url, SMALL)
    with pytest.raises(ServiceError, match="add --append"):
        await seed_database(database_url, SMALL)
    await seed_database(database_url, SMALL, append=True)
    async with connected(database_url) as connection:
        assert await connection.fetchval("SELECT count(*) FROM posts") == 600
        assert await connection.fetchval("SELECT count(*) FROM comments") == 1_200


async def test_a_database_without_tables_says_what_to_run(database_url: str) -> None:
    await execute(database_url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    with pytest.raises(ServiceError, match="run `broadsheet migrate` first"):
        await seed_database(database_url, SMALL)


async def test_what_postgres_refuses_is_told_in_a_sentence(database_url: str) -> None:
    await execute(database_url, "ALTER TABLE posts ADD CONSTRAINT no CHECK (id <> 250)")
    with pytest.raises(ServiceError, match="seeding stopped"):
        await seed_database(database_url, SMALL)


def test_a_plan_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(SettingsError, match="--posts must be at least 1, not 0"):
        SeedPlan(posts=0)
    with pytest.raises(SettingsError, match="--tags must be at least"):
        SeedPlan(posts=1, tags=3)


async def test_the_smallest_plan_works(database_url: str) -> None:
    written = await seed_database(database_url, SeedPlan(posts=1, users=2, tags=12, comments=0))
    assert written["posts"] == 1
