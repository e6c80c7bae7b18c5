from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class PostCoauthor(Base):
    """A further author of a post. `author_id` repeats the post's, so that nobody is both."""

    __tablename__ = "post_coauthors"

    post_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    author_id: Mapped[int]
    position: Mapped[int] = mapped_column(SmallInteger)

    __table_args__ = (
        ForeignKeyConstraint(
            ["post_id", "author_id"], ["posts.id", "posts.author_id"], ondelete="CASCADE", onupdate="CASCADE"
        ),
        CheckConstraint("user_id <> author_id", name="not_the_author"),
        Index("post_coauthors_user_id_idx", "user_id"),
    )
