"""Who walks a list page by page meets every row that is there all the time, once, whatever comes and goes meanwhile."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from random import Random

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.api import Api, serving
from tests.fixtures.servers import NewDatabase, connected, settings_for
from tests.model.blog import Blog, Post
from tests.model.examples import examples
from tests.model.lists import POST_KEYS, post_order
from tests.model.shaped import START, shaped
from tests.model.write import write

ROWS = 12
LISTS = ("posts", 'user(username: "user-0001") { posts', 'tag(slug: "tag-0001") { posts')


def _blog() -> Blog:
    """One author and one tag, with posts that stay; some of the same moment."""
    blog = shaped(1, posts=ROWS)
    moments = {post.id: START + timedelta(seconds=post.id * 7 % 5) for post in blog.posts}
    blog.posts = [
        replace(post, created_at=moments[post.id], updated_at=moments[post.id], published_at=moments[post.id])
        for post in blog.posts
    ]
    return blog


def _between(stays: Post, number: int, random: Random) -> Post:
    """A post that comes somewhere near one that stays, in every order."""
    key = stays.id * 1_000 + number
    moment = stays.updated_at + timedelta(seconds=random.randint(-1, 1))
    return replace(
        stays, id=key, slug=f"guest-{key}", created_at=moment, updated_at=moment, published_at=moment, title=stays.title
    )


@pytest.fixture
async def walked(new_database: NewDatabase, redis_url: str) -> AsyncIterator[tuple[Api, str]]:
    url = await new_database()
    await write(_blog(), url)
    async with serving(settings_for(url, redis_url)) as api:
        yield api, url


async def _come_and_go(connection: asyncpg.Connection, random: Random, number: int) -> None:
    """Some guests leave, and others come, among them some just before and just behind where the walk stands."""
    leaving = random.choice(("id % 2 = 0", "id % 3 = 0", "true", "false"))
    await connection.execute(f"DELETE FROM posts WHERE slug LIKE 'guest-%' AND {leaving}")
    blog = Blog(posts=[_between(post, number, random) for post in random.sample(_blog().posts, 3)])
    for post in blog.posts:
        names = ("id", "slug", "title", "author_id", "created_at", "updated_at", "published_at")
        await connection.execute(
            f"INSERT INTO posts ({', '.join(names)}, status, excerpt, body, body_html, body_text, word_count) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, 'PUBLISHED', '', '', '', '', 0)",
            *(getattr(post, name) for name in names),
        )
        await connection.execute("INSERT INTO post_tags VALUES ($1, 1, 0)", post.id)


@examples(40)
@given(
    start=st.sampled_from(LISTS),
    field=st.sampled_from(sorted(POST_KEYS)),
    descending=st.booleans(),
    forward=st.booleans(),
    size=st.integers(1, 5),
    seed=st.integers(0, 9_999),
)
async def test_a_walk_neither_repeats_nor_skips_a_row_that_stays(
    walked: tuple[Api, str], start: str, field: str, descending: bool, forward: bool, size: int, seed: int
) -> None:
    api, url = walked
    number, cursor, far, end = (
        ("first", "after", "hasNextPage", "endCursor")
        if forward
        else ("last", "before", "hasPreviousPage", "startCursor")
    )
    query = f"""query ($at: String, $order: PostOrder) {{ {start}({number}: {size}, {cursor}: $at, orderBy: $order) {{
        nodes {{ slug }} pageInfo {{ {far} {end} }} }} {"}" * start.count("{")} }}"""
    order = {"field": field, "direction": "DESC" if descending else "ASC"}
    random, seen, at, more, pages = Random(seed), list[str](), None, True, 0
    async with connected(url) as connection:
        await connection.execute("DELETE FROM posts WHERE slug LIKE 'guest-%'")
        while more:
            found = await api.data(query, at=at, order=order)
            page = found["posts"] if "posts" in found else next(iter(found.values()))["posts"]
            slugs = [node["slug"] for node in page["nodes"]]
            seen = [*seen, *slugs] if forward else [*slugs, *seen]
            at, more, pages = page["pageInfo"][end], page["pageInfo"][far], pages + 1
            if pages < 30 and random.random() < 0.7:
                await _come_and_go(connection, random, pages)
    assert len(seen) == len(set(seen))
    by = post_order(field, descending=descending)
    stays = [post.slug for post in sorted(_blog().posts, key=by.place, reverse=descending)]
    assert [slug for slug in seen if not slug.startswith("guest")] == stays
