from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Boolean, CheckConstraint, Index, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Bytewise

EVENT_KINDS = (
    "PUBLISHED",
    "UPDATED",
    "UNPUBLISHED",
    "DELETED",
    "COMMENT_ADDED",
    "POSTS_GAP",
    "COMMENTS_GAP",
    "ROLE_CHANGED",
    "SESSION_ENDED",
)


class EventRecord(Base):
    """What happened, in the one order in which all are told; made of `changes` (`db.event_log`)."""

    __tablename__ = "events"

    # Counted without a hole, one after the other, by whoever relays.
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    xid: Mapped[int]
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(Bytewise)
    post_id: Mapped[int | None]
    comment_id: Mapped[int | None]
    user_id: Mapped[int | None]
    session_id: Mapped[int | None]
    role: Mapped[str | None] = mapped_column(Bytewise)
    is_public: Mapped[bool] = mapped_column(Boolean)
    author_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))

    __table_args__ = (
        CheckConstraint(f"kind IN {EVENT_KINDS}", name="kind"),
        Index("events_post_id_idx", "post_id", "position"),
        Index("events_at_idx", "at"),
    )


class EventLog(Base):
    """How far events were made: one row."""

    __tablename__ = "event_log"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    position: Mapped[int]
    # The snapshot whose changes have all become events.
    seen: Mapped[str] = mapped_column(Bytewise)

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
