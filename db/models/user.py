from sqlalchemy import CheckConstraint, Computed, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Bytewise, Instant, Key

ROLES = ("READER", "AUTHOR", "EDITOR", "ADMIN")


class User(Base):
    """Somebody with a public profile; an imported author has neither e-mail address nor password."""

    __tablename__ = "users"

    id: Mapped[Key]
    username: Mapped[str]
    username_key: Mapped[str] = mapped_column(Bytewise, Computed("lower(username)", persisted=True))
    email: Mapped[str | None]
    email_key: Mapped[str | None] = mapped_column(Bytewise, Computed("lower(email)", persisted=True))
    name: Mapped[str]
    bio: Mapped[str | None]
    bio_html: Mapped[str | None]
    url: Mapped[str | None]
    role: Mapped[str] = mapped_column(server_default="READER")
    password_hash: Mapped[str | None] = mapped_column(deferred=True, deferred_raiseload=True)
    has_account: Mapped[bool] = mapped_column(Computed("password_hash IS NOT NULL", persisted=True))
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("username ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$'", name="username"),
        CheckConstraint("char_length(email) <= 254 AND email ~ '^[^@[:space:]]+@[^@[:space:]]+$'", name="email"),
        CheckConstraint("char_length(name) BETWEEN 1 AND 200", name="name"),
        CheckConstraint("(bio IS NULL) = (bio_html IS NULL)", name="bio_html"),
        CheckConstraint(f"role IN {ROLES}", name="role"),
        CheckConstraint("password_hash IS NULL OR email IS NOT NULL", name="account"),
        Index("users_username_key_key", "username_key", unique=True),
        Index("users_email_key_key", "email_key", unique=True),
        Index("users_role_username_key_idx", "role", "username_key"),
    )
