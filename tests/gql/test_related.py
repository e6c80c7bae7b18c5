"""Related posts are looked for among the newest of each tag, so that the size of a tag does not matter."""

from datetime import timedelta

from tests.fixtures.servers import NewDatabase
from tests.model.blog import Blog, Post, PostTag, Tag, User
from tests.model.read import committed_schema
from tests.model.served import served
from tests.model.shaped import START

AMONG = 500
POSTS = AMONG + 10
SCHEMA = committed_schema()


def _blog() -> Blog:
    """A tag that all posts have, and one that only the oldest and the newest five have."""
    moments = [START + timedelta(minutes=n) for n in range(POSTS + 1)]
    posts = [Post(n, f"post-{n}", f"Post {n}", 1, moments[n], moments[n], moments[n]) for n in range(1, POSTS + 1)]
    rare = [post.id for post in (*posts[:5], *posts[-5:])]
    return Blog(
        users=[User(1, "somebody", "Somebody", START)],
        tags=[Tag(1, "common", "Common"), Tag(2, "rare", "Rare")],
        posts=posts,
        post_tags=[*(PostTag(post.id, 1, 0) for post in posts), *(PostTag(key, 2, 1) for key in rare)],
    )


async def test_of_a_large_tag_only_the_newest_count(new_database: NewDatabase, redis_url: str) -> None:
    query = "query ($slug: String!) { post(by: {slug: $slug}) { related(first: 100) { slug } } }"
    async with served([("a blog with a large tag", _blog())], SCHEMA, new_database, redis_url) as [blog]:
        for number in (1, 5, 6, 11, 255, POSTS - 4, POSTS):
            found = await blog.api.data(query, slug=f"post-{number}")
            assert found == blog.reader.data(query, {"slug": f"post-{number}"})
        newest = await blog.api.data(query, slug=f"post-{POSTS}")
    slugs = [post["slug"] for post in newest["post"]["related"]]
    # Four share both tags; of those that share one, the oldest five come last of all, and do not reach the page.
    assert slugs[:4] == [f"post-{POSTS - n}" for n in range(1, 5)]
    assert slugs[4:] == [f"post-{POSTS - n}" for n in range(5, 101)]
