"""The benchmark's rows, as Broadsheet stores them: rendered once, when they are written."""

from collections.abc import Iterable, Iterator

import asyncpg

from core.markdown import excerpt, render
from db.seed.plan import Record


def user_records(users: Iterable[asyncpg.Record]) -> Iterator[Record]:
    """Rows for `users`. Nobody has a password: the one who writes comes with a token."""
    for user in users:
        yield (
            user["id"],
            user["username"],
            user["email"],
            user["name"],
            user["bio"],
            render(user["bio"]).html,
            None,
            user["role"],
            user["created_at"],
            user["created_at"],
        )


def tag_records(tags: Iterable[asyncpg.Record]) -> Iterator[Record]:
    """Rows for `tags`; the benchmark knows no times of theirs."""
    for tag in tags:
        yield tag["id"], tag["slug"], tag["name"], None, tag["made"], tag["made"]


def post_records(posts: Iterable[asyncpg.Record]) -> Iterator[Record]:
    """Rows for `posts`."""
    for post in posts:
        rendered = render(post["body"])
        yield (
            post["id"],
            post["slug"],
            post["title"],
            post["summary"],
            excerpt(rendered.text),
            post["body"],
            rendered.html,
            rendered.text,
            rendered.word_count,
            post["status"],
            None,
            post["author_id"],
            post["created_at"],
            post["updated_at"],
            post["published_at"],
            1,
        )


def revision_records(posts: Iterable[asyncpg.Record]) -> Iterator[Record]:
    """Rows for `revisions`: the text of each post is its first."""
    for post in posts:
        text = post["title"], post["summary"], post["body"]
        yield post["id"], post["id"], 1, post["author_id"], *text, post["created_at"]


def link_records(links: Iterable[asyncpg.Record]) -> Iterator[Record]:
    """Rows for `post_tags`: the benchmark lists a post's tags by their ids."""
    for link in links:
        yield link["post_id"], link["tag_id"], link["position"]


def comment_records(comments: Iterable[asyncpg.Record]) -> Iterator[Record]:
    """Rows for `comments`; none answers another."""
    for comment in comments:
        yield (
            comment["id"],
            comment["post_id"],
            comment["author_id"],
            None,
            comment["body"],
            render(comment["body"]).html,
            "VISIBLE",
            comment["created_at"],
            None,
        )
