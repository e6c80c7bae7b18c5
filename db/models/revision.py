from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Instant, Key


class Revision(Base):
    """The text of a post as it was written at one version; each write to a text makes one."""

    __tablename__ = "revisions"

    id: Mapped[Key]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    version: Mapped[int] = mapped_column(Integer)
    editor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str]
    summary: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("version >= 1", name="version"),
        Index("revisions_post_version_key", "post_id", "version", unique=True),
    )
