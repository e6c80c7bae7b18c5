"""The blog that the load reads and writes: what is in it, what is asked of it, and what an answer shows of it."""

import re
from dataclasses import dataclass
from random import Random
from typing import Any

import asyncpg

from gql.relay.ids import encode_id
from tests.faults.history import History
from tests.fixtures.accounts import Person, person_by

WRITTEN = tuple(f"p{number}" for number in range(5))
"""Posts whose title and comments change."""
TOGGLED = ("t0", "t1")
"""Posts that are published at their odd versions, and drafts at the even ones."""
STILL = "still"
"""A post that nobody writes to."""
RAW = "raw"
"""A post that is written by plain SQL only, as is its author's name."""
ALL = (*WRITTEN, *TOGGLED, STILL, RAW)
AUTHOR = "ann"
RAW_GRACE = 0.6
"""Seconds after which everybody sees what was written by plain SQL."""

_TITLE = re.compile(r" r(\d+)$")
_FIELDS = "slug version title commentCount"
_ONE = f"{{ post(by: {{slug: %s}}) {{ {_FIELDS} author {{ name }} }} }}"
LISTS = (
    f"{{ posts(first: 20) {{ nodes {{ {_FIELDS} author {{ name }} }} }} }}",
    f'{{ user(username: "{AUTHOR}") {{ name posts(first: 20) {{ nodes {{ {_FIELDS} }} }} }} }}',
    f'{{ tag(slug: "news") {{ posts(first: 20) {{ nodes {{ {_FIELDS} }} }} }} }}',
)
QUIET = '{ tag(slug: "quiet") { posts(first: 20) { nodes { slug version title } } } }'
"""A list whose posts never change, but come and go: what depends on more is read anew before anything is noticed."""


@dataclass(frozen=True)
class Blog:
    """Who writes and reads it, and the ids of its posts."""

    editor: Person
    reader: Person
    ids: dict[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """A query, and which posts its answer should show."""

    text: str
    slugs: tuple[str, ...]


ONE_POST = {slug: Question(_ONE % f'"{slug}"', (slug,)) for slug in ALL}
_LISTS = (*(Question(text, ALL) for text in LISTS), Question(QUIET, (*TOGGLED, STILL)))


def any_question(random: Random) -> Question:
    """Often what never changes, sometimes a list, else any post."""
    draw = random.random()
    if draw < 0.3:
        return ONE_POST[STILL]
    return random.choice(_LISTS) if draw < 0.5 else ONE_POST[random.choice(ALL)]


async def make_blog(connection: asyncpg.Connection) -> Blog:
    """Fill an empty database."""
    author = await person_by(connection, AUTHOR, "AUTHOR")
    await connection.execute("UPDATE users SET name = 'Ann r1' WHERE id = $1", author.id)
    await connection.execute("INSERT INTO tags (slug, name) VALUES ('news', 'News'), ('quiet', 'Quiet')")
    ids = {}
    for slug in ALL:
        title = slug if slug in (*TOGGLED, STILL) else f"{slug} r1"
        ids[slug] = await connection.fetchval(
            "INSERT INTO posts (slug, title, excerpt, body, body_html, body_text, word_count, author_id, status, "
            "published_at) VALUES ($1, $2, '', '', '', '', 0, $3, 'PUBLISHED', now()) RETURNING id",
            slug,
            title,
            author.id,
        )
        tags = ["news", "quiet"] if slug in (*TOGGLED, STILL) else ["news"]
        links = "INSERT INTO post_tags (post_id, tag_id, position) SELECT $1, id, id FROM tags WHERE slug = any($2)"
        await connection.execute(links, ids[slug], tags)
    editor = await person_by(connection, "eve", "EDITOR")
    reader = await person_by(connection, "rob", "READER")
    return Blog(editor, reader, {slug: encode_id("Post", ident) for slug, ident in ids.items()})


async def history_of(connection: asyncpg.Connection) -> History:
    """A history that begins with the blog as it is."""
    history = History()
    versions = "SELECT slug, version, (SELECT count(*) FROM comments c WHERE c.post_id = p.id) FROM posts p"
    for slug, version, comments in await connection.fetch(versions):
        grace = RAW_GRACE if slug == RAW else 0.0
        history.start(f"post {slug}", version, grace=grace, toggled=slug in TOGGLED)
        history.start(f"comments {slug}", comments)
    name = await connection.fetchval("SELECT name FROM users WHERE username = $1", AUTHOR)
    history.start("name", _number(name) or 0, grace=RAW_GRACE)
    return history


def shown(question: Question, data: dict[str, Any]) -> dict[str, int | None]:
    """The revisions that an answer shows; None for a post that is not there.

    Raises:
        TornError: title and version of a post are not of one revision.

    """
    posts, names = _posts(data)
    found: dict[str, int | None] = {f"post {slug}": None for slug in question.slugs}
    for post in posts:
        number = _number(post["title"])
        if number is not None and number != post["version"]:
            raise TornError(f"{post['title']} at version {post['version']}")
        found[f"post {post['slug']}"] = post["version"]
        if "commentCount" in post:
            found[f"comments {post['slug']}"] = post["commentCount"]
    numbers = {number for name in names if (number := _number(name)) is not None}
    if len(numbers) > 1:
        raise TornError(f"one author under {sorted(names)}")
    return found | dict.fromkeys(["name"] * len(numbers), *numbers)


class TornError(Exception):
    """An answer is of two states."""


def _posts(data: dict[str, Any]) -> tuple[list[dict[str, Any]], set[str]]:
    """The posts of an answer, and all names of the author."""
    if "post" in data:
        posts = [data["post"]] if data["post"] else []
        return posts, {post["author"]["name"] for post in posts}
    if "posts" in data:
        posts = data["posts"]["nodes"]
        return posts, {post["author"]["name"] for post in posts}
    if "user" in data:
        return data["user"]["posts"]["nodes"], {data["user"]["name"]}
    return data["tag"]["posts"]["nodes"], set()


def _number(text: str) -> int | None:
    found = _TITLE.search(text)
    return int(found[1]) if found else None
