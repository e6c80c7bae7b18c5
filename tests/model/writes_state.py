"""A blog that is written to, in memory: what mutations change, in the contract's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

RANKS = ("READER", "AUTHOR", "EDITOR", "ADMIN")


@dataclass(slots=True)
class Person:
    """Somebody who is signed in."""

    id: int
    username: str
    role: str

    def has(self, role: str) -> bool:
        return RANKS.index(self.role) >= RANKS.index(role)


@dataclass(slots=True)
class Text:
    """What a revision keeps; `summary` is None when nobody wrote one."""

    version: int
    editor: int
    title: str
    summary: str | None
    body: str


@dataclass(slots=True)
class Post:
    """`tags` and `co_authors` in their order; `texts`, the newest last, are the revisions."""

    slug: str
    author: int
    status: str
    texts: list[Text]
    canonical_url: str | None = None
    tags: list[int] = field(default_factory=list)
    co_authors: list[int] = field(default_factory=list)
    version: int = 1
    dated: bool = False
    published_at: str | None = None
    """As it was answered first; from then on it stays."""
    id: int | None = None

    @property
    def text(self) -> Text:
        return self.texts[-1]

    @property
    def byline(self) -> list[int]:
        return [self.author, *self.co_authors]


@dataclass(slots=True)
class Tag:
    slug: str
    name: str
    description: str | None
    id: int | None = None


@dataclass(slots=True)
class Comment:
    post: int
    author: int
    parent: int | None
    body: str
    status: str = "VISIBLE"
    edited: bool = False
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One of `userErrors`: its code, its path below `input`, and what else it tells."""

    code: str
    path: tuple[str | int, ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict)

    def below(self, *path: str | int) -> "Problem":
        return Problem(self.code, (*path, *self.path), self.told)


@dataclass(slots=True)
class Answer:
    """What a mutation came to: problems, and numbers of rows by kind; `rows` of a bulk mutation."""

    problems: list[Problem] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    rows: list["Answer"] | None = None


class Refused(Exception):  # noqa: N818 - no error of anybody
    """Rules refuse it, and nothing is written."""

    def __init__(self, *problems: Problem, rows: list[Answer] | None = None) -> None:
        super().__init__()
        self.problems = [*problems]
        self.rows = rows


class Unanswerable(Exception):  # noqa: N818 - no error of anybody
    """The request itself is wrong: an error beside the data, with a code."""

    def __init__(self, code: str, argument: list[str | int] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.argument = argument


@dataclass(slots=True)
class State:
    """All rows, by numbers that are never used again; what the database calls them is learnt when it was written."""

    people: dict[int, Person]
    posts: dict[int, Post] = field(default_factory=dict)
    tags: dict[int, Tag] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    numbers: int = 0

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def readable(self, me: Person | None, post: Post) -> bool:
        """Everybody reads what is published, those in the byline and editors all."""
        return post.status == "PUBLISHED" or (me is not None and (me.has("EDITOR") or me.id in post.byline))

    def comments_on(self, post: int) -> list[int]:
        return [number for number, comment in self.comments.items() if comment.post == post]

    def delete_post(self, post: int) -> None:
        """With its comments."""
        for number in self.comments_on(post):
            del self.comments[number]
        del self.posts[post]
