"""Which columns are copied into which table."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from db.seed.plan import FirstIds, Record
from db.seed.post_rows import coauthor_records, post_records, revision_records, tag_link_records
from db.seed.posts import PostSeeds, SeededPost


@dataclass(frozen=True, slots=True)
class SeededTable:
    """A table, and its columns in the order of the records."""

    name: str
    columns: tuple[str, ...]


USERS = SeededTable(
    "users", ("id", "username", "email", "name", "bio", "bio_html", "url", "role", "created_at", "updated_at")
)
TAGS = SeededTable("tags", ("id", "slug", "name", "description", "created_at", "updated_at"))
POSTS = SeededTable(
    "posts",
    (
        *("id", "slug", "title", "summary", "excerpt", "body", "body_html", "body_text", "word_count", "status"),
        *("canonical_url", "author_id", "created_at", "updated_at", "published_at", "version"),
    ),
)
POST_TAGS = SeededTable("post_tags", ("post_id", "tag_id", "position"))
POST_COAUTHORS = SeededTable("post_coauthors", ("post_id", "user_id", "author_id", "position"))
REVISIONS = SeededTable(
    "revisions", ("id", "post_id", "version", "editor_id", "title", "summary", "body", "created_at")
)
COMMENTS = SeededTable(
    "comments",
    ("id", "post_id", "author_id", "parent_id", "body", "body_html", "status", "created_at", "edited_at"),
)

OF_POSTS: tuple[tuple[SeededTable, Callable[[PostSeeds, FirstIds, Iterable[SeededPost]], Iterator[Record]]], ...] = (
    (POSTS, post_records),
    (POST_TAGS, tag_link_records),
    (POST_COAUTHORS, coauthor_records),
    (REVISIONS, revision_records),
)
"""What is written for some posts together, in an order that no foreign key minds."""
