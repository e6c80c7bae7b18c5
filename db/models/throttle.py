from datetime import datetime

from sqlalchemy import Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Bytewise, Instant


class Throttle(Base):
    """How often something was tried in vain, by account or by address, and until when it may not be tried again."""

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(Bytewise, primary_key=True)
    tries: Mapped[int] = mapped_column(Integer)
    since: Mapped[Instant]
    blocked_until: Mapped[datetime | None]

    __table_args__ = (Index("throttles_since_idx", "since"),)
