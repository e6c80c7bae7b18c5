from datetime import datetime

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, Integer, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Bytewise, Instant, Key

STATUSES = ("DRAFT", "PUBLISHED", "ARCHIVED")

# A tsvector holds at most 1 MiB; the start of a text of any length always fits.
SEARCH = """
setweight(to_tsvector('english', title), 'A')
|| setweight(to_tsvector('english', coalesce(summary, '')), 'B')
|| setweight(to_tsvector('english', left(body_text, 200000)), 'C')
"""

PUBLISHED = text("status = 'PUBLISHED'")


class Post(Base):
    """A piece of writing; HTML, plain text, excerpt and word count are made from `body` when it is written."""

    __tablename__ = "posts"

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(Bytewise)
    title: Mapped[str]
    title_key: Mapped[str] = mapped_column(Bytewise, Computed("left(lower(title), 100)", persisted=True))
    summary: Mapped[str | None]
    excerpt: Mapped[str]
    body: Mapped[str]
    body_html: Mapped[str]
    body_text: Mapped[str]
    word_count: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(Bytewise, server_default="DRAFT")
    canonical_url: Mapped[str | None]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]
    published_at: Mapped[datetime | None]
    # What was never published comes as if it were the newest, and compares like any other key.
    published_key: Mapped[datetime] = mapped_column(
        Computed("coalesce(published_at, 'infinity'::timestamptz)", persisted=True)
    )
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    search: Mapped[str] = mapped_column(TSVECTOR, Computed(SEARCH, persisted=True), deferred=True)

    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,119}$'", name="slug"),
        CheckConstraint("char_length(title) BETWEEN 1 AND 300", name="title"),
        CheckConstraint("word_count >= 0", name="word_count"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        CheckConstraint("status <> 'PUBLISHED' OR published_at IS NOT NULL", name="published_at"),
        Index("posts_slug_key", "slug", unique=True),
        # The co-authors' own constraint needs a pair to refer to.
        UniqueConstraint("id", "author_id"),
        Index("posts_status_published_idx", "status", "published_key", "id"),
        Index("posts_status_updated_idx", "status", "updated_at", "id"),
        Index("posts_status_created_idx", "status", "created_at", "id"),
        Index("posts_status_title_idx", "status", "title_key", "id"),
        Index("posts_search_idx", "search", postgresql_using="gin", postgresql_where=PUBLISHED),
        Index("posts_title_grams_idx", func.title_grams(text("title")), postgresql_using="gin"),
    )
