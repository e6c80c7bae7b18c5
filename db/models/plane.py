from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Bytewise, Instant


class CachePlane(Base):
    """One row: whether Redis has a say in which kept responses are true, and which Redis (`db.plane_state`)."""

    __tablename__ = "cache_plane"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    site: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    state: Mapped[str] = mapped_column(Bytewise)
    epoch: Mapped[str] = mapped_column(Bytewise)
    run_id: Mapped[str] = mapped_column(Bytewise)
    # While it opens: every transaction before this one must have ended.
    barrier: Mapped[int | None] = mapped_column(BigInteger)
    since: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("state IN ('closing', 'closed', 'opening', 'open')", name="state"),
    )
