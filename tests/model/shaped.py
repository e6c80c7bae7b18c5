"""Blogs made of equal clusters that share nothing: with one or a hundred, all parents have the same children."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gql.relay.ids import encode_id
from tests.model.blog import Blog, CoAuthor, Comment, Post, PostTag, Revision, Tag, User
from tests.model.make import session_of
from tests.model.pool import Pool

PEOPLE = 4
TAGS = 2
START = datetime(2025, 1, 1, tzinfo=UTC)

UNEVEN = frozenset({"previous", "next", "related"})
"""What no single post can have: left out where one parent is compared with a hundred."""


def shaped(clusters: int, *, posts: int = 1) -> Blog:
    """Of each cluster: `posts` posts by one author and three co-authors, two tags, a comment, a reply, and a third."""
    blog = Blog()
    for cluster in range(clusters):
        _add(blog, cluster, posts)
    # The first author may sign in, and one who is an editor.
    blog.users[1] = replace(blog.users[1], role="EDITOR")
    for number in (0, 1):
        blog.users[number] = replace(blog.users[number], email=f"{number}@example.org")
    blog.sessions = [session_of(user.id) for user in blog.users[:2]]
    return blog


def _add(blog: Blog, cluster: int, posts: int) -> None:
    at = START + timedelta(days=cluster)
    people = [PEOPLE * cluster + n for n in range(1, PEOPLE + 1)]
    blog.users += [User(key, f"user-{key:04}", f"User {key}", at, bio="bio", bio_html="<p>bio</p>") for key in people]
    tags = [TAGS * cluster + n for n in range(1, TAGS + 1)]
    blog.tags += [Tag(key, f"tag-{key:04}", f"Tag {key:04}") for key in tags]
    for n in range(1, posts + 1):
        post = posts * cluster + n
        blog.posts.append(Post(post, f"post-{post:04}", f"A title {post:04}", people[0], at, at, at, body_text="kiwi"))
        blog.co_authors += [CoAuthor(post, key, key) for key in people[1:]]
        blog.post_tags += [PostTag(post, key, key) for key in tags]
        first = 3 * post - 2
        blog.comments += [
            Comment(first, post, people[2], at, body="first", body_html="<p>first</p>"),
            Comment(first + 1, post, people[3], at, first, "reply", "<p>reply</p>"),
            Comment(first + 2, post, people[3], at, status="HIDDEN"),
        ]
        blog.revisions.append(Revision(post, post, 1, at, people[0], "old", "old", "old"))


def plain_pool() -> Pool:
    """Arguments that mean the same, however many clusters there are: those of the first one."""
    row_ids = {"User": PEOPLE, "Tag": TAGS, "Post": 1, "Comment": 3, "Revision": 1}
    return Pool(
        ids=[encode_id(name, key) for name, last in row_ids.items() for key in range(1, last + 1)],
        authors=[encode_id("User", 1)],
        slugs=["post-0001", "nowhere"],
        tag_slugs=["tag-0001", "nowhere"],
        usernames=["user-0001", "nobody"],
        instants=[START.isoformat()],
        starts=["tag"],
        parts=["title"],
        without=UNEVEN,
        plain=True,
    )
