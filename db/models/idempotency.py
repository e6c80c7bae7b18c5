from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Bytewise, Instant


class IdempotencyKey(Base):
    """What a mutation with a key came to, stored in the transaction of its effect; until then `outcome` is null."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(Bytewise, primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("char_length(key) BETWEEN 1 AND 255", name="key"),
        Index("idempotency_keys_created_at_idx", "created_at"),
    )
