from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Bytewise, Instant, Key


class ChangeRecord(Base):
    """A row that a transaction wrote, as `core.changes.Change` describes it; kept by triggers, whoever writes."""

    __tablename__ = "changes"

    id: Mapped[Key]
    xid: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
    at: Mapped[Instant]
    entity: Mapped[str] = mapped_column(Bytewise)
    kind: Mapped[str] = mapped_column(Bytewise)
    # Null: so many rows at once that each of this entity may have changed.
    row_id: Mapped[int | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    columns: Mapped[list[str] | None] = mapped_column(ARRAY(Text))

    __table_args__ = (
        CheckConstraint("kind IN ('INSERT', 'UPDATE', 'DELETE')", name="kind"),
        Index("changes_xid_idx", "xid"),
        Index("changes_at_idx", "at"),
    )
