from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Bytewise, Instant, Key

COMMENT_STATUSES = ("VISIBLE", "HIDDEN", "DELETED")


class Comment(Base):
    """A remark on a post, or a reply to another remark on the same post."""

    __tablename__ = "comments"

    id: Mapped[Key]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    parent_id: Mapped[int | None]
    body: Mapped[str]
    body_html: Mapped[str]
    status: Mapped[str] = mapped_column(Bytewise, server_default="VISIBLE")
    created_at: Mapped[Instant]
    edited_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(f"status IN {COMMENT_STATUSES}", name="status"),
        CheckConstraint("parent_id < id", name="parent_is_older"),
        # With the post in the key, a reply can only be to a remark on the same post.
        ForeignKeyConstraint(
            ["parent_id", "post_id"],
            ["comments.id", "comments.post_id"],
            ondelete="CASCADE",
            name="comments_parent_fkey",
        ),
        UniqueConstraint("id", "post_id"),
        Index("comments_post_created_idx", "post_id", "created_at", "id"),
        Index("comments_parent_created_idx", "parent_id", "created_at", "id"),
    )
