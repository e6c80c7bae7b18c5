from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Bytewise

KINDS = ("author", "tag")


class PostListing(Base):
    """A post's place in the list of one author or tag, with what lists are ordered and filtered by.

    Kept by triggers on posts, post_tags and post_coauthors, so that each page of each list, in each order, is one
    walk along an index, however many posts there are. An author's list holds what he wrote and what he co-wrote.
    """

    __tablename__ = "post_listings"

    kind: Mapped[str] = mapped_column(Bytewise, primary_key=True)
    list_id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    status: Mapped[str] = mapped_column(Bytewise)
    published_key: Mapped[datetime]
    updated_at: Mapped[datetime]
    created_at: Mapped[datetime]
    title_key: Mapped[str] = mapped_column(Bytewise)

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        Index("post_listings_post_id_idx", "post_id"),
        Index("post_listings_published_idx", "kind", "list_id", "status", "published_key", "post_id"),
        Index("post_listings_updated_idx", "kind", "list_id", "status", "updated_at", "post_id"),
        Index("post_listings_created_idx", "kind", "list_id", "status", "created_at", "post_id"),
        Index("post_listings_title_idx", "kind", "list_id", "status", "title_key", "post_id"),
    )
