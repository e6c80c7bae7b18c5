from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Bytewise, Instant, Key


class Tag(Base):
    """A subject that posts share."""

    __tablename__ = "tags"

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(Bytewise)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Bytewise, Computed("lower(name)", persisted=True))
    description: Mapped[str | None]
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,119}$'", name="slug"),
        CheckConstraint("char_length(name) BETWEEN 1 AND 100", name="name"),
        Index("tags_slug_key", "slug", unique=True),
        Index("tags_name_key_key", "name_key", unique=True),
    )


class PostTag(Base):
    """A tag of a post, in the order in which the author named them."""

    __tablename__ = "post_tags"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)

    __table_args__ = (Index("post_tags_tag_id_idx", "tag_id"),)
