from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Instant, Key


class Session(Base):
    """A sign-in, which lives on through its refresh tokens; of these only SHA-256 hashes are kept.

    A refresh token has two parts: one stays the same as long as the session lives (`family_hash`), one is new after
    each use (`token_hash`). So a token that was used up is known as one of this family, and a guess is not.
    """

    __tablename__ = "sessions"

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    family_hash: Mapped[bytes] = mapped_column(LargeBinary)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    # For the parallel tab that sends the token just used up: its hash, and what its successor was derived with.
    previous_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    successor_nonce: Mapped[bytes | None] = mapped_column(LargeBinary)
    rotated_at: Mapped[Instant]
    created_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]
    # The earlier of what idleness and what age allow.
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    user_agent: Mapped[str | None]

    __table_args__ = (
        Index("sessions_family_hash_key", "family_hash", unique=True),
        Index("sessions_user_id_idx", "user_id"),
        Index("sessions_expires_at_idx", "expires_at"),
    )
