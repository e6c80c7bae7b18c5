from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Bytewise


class PostSource(Base):
    """Where an imported post came from: what tells an unchanged file from a changed one at the next import."""

    __tablename__ = "post_sources"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    source: Mapped[str] = mapped_column(Bytewise)
    path: Mapped[str] = mapped_column(Bytewise)
    content_hash: Mapped[str]
    slug: Mapped[str]
    front_matter: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (Index("post_sources_source_path_key", "source", "path", unique=True),)
