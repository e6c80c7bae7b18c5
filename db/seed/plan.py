"""How much is to be made, from where its ids and times count, and what a row is."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.errors import SettingsError

EPOCH = datetime(2014, 1, 1, tzinfo=UTC)
"""Seeded times count from here, so that the same seed makes the same rows whenever it runs."""

MINUTES = 12 * 365 * 24 * 60
"""Everything happens within so many minutes after the epoch."""

MOST_TAGS = 6
"""Tags of one post, at most."""

Record = tuple[Any, ...]
"""A row for COPY, its values in the order of the columns."""


@dataclass(frozen=True, slots=True)
class SeedPlan:
    """How many rows of each table; None stands for as many as fit the posts.

    A post carries three tags on average, and its body has at least `least_words` words and about `most_words` at most.

    Raises:
        SettingsError: a number that makes no sense; the message says which.

    """

    posts: int
    users: int | None = None
    tags: int | None = None
    comments: int | None = None
    seed: int = 1
    least_words: int = 100
    most_words: int = 600

    def __post_init__(self) -> None:
        for name, least in (("posts", 1), ("users", 2), ("tags", 2 * MOST_TAGS), ("comments", 0)):
            number = getattr(self, name)
            if number is not None and number < least:
                raise SettingsError(f"--{name} must be at least {least}, not {number}")
        if not 0 < self.least_words <= self.most_words:
            raise SettingsError("the shortest body must have a word at least, and the longest no fewer than that")

    @property
    def user_count(self) -> int:
        """How many users: one for twenty posts where nothing is said."""
        return max(10, self.posts // 20) if self.users is None else self.users

    @property
    def tag_count(self) -> int:
        """How many tags: one for a hundred posts where nothing is said."""
        return max(20, self.posts // 100) if self.tags is None else self.tags

    @property
    def comment_count(self) -> int:
        """How many comments: three a post where nothing is said."""
        return 3 * self.posts if self.comments is None else self.comments

    @property
    def author_count(self) -> int:
        """How many of the users, the first of them, write posts: a fifth, and at least two."""
        return max(2, self.user_count // 5)


@dataclass(frozen=True, slots=True)
class FirstIds:
    """The first id of each table: 1 where it is empty."""

    users: int = 1
    posts: int = 1
    tags: int = 1
    comments: int = 1
    revisions: int = 1


def instant(minutes: int) -> datetime:
    """The time so many minutes after the epoch."""
    return EPOCH + timedelta(minutes=minutes)
