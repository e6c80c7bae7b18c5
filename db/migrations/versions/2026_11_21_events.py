"""Events, made of changes, for those who subscribe.

Revision: 0006
After: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KINDS = (
    "'PUBLISHED', 'UPDATED', 'UNPUBLISHED', 'DELETED', 'COMMENT_ADDED', 'POSTS_GAP', 'COMMENTS_GAP', 'ROLE_CHANGED', "
    "'SESSION_ENDED'"
)


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=True),
        sa.Column("comment_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("role", sa.Text(collation="C"), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("author_ids", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("tags", sa.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("events_kind_check")),
        sa.PrimaryKeyConstraint("position", name=op.f("events_pkey")),
    )
    op.create_index("events_post_id_idx", "events", ["post_id", "position"])
    op.create_index("events_at_idx", "events", ["at"])
    op.create_table(
        "event_log",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.Text(collation="C"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("event_log_one_row_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("event_log_pkey")),
    )
    # What was written before nobody can have subscribed to.
    op.execute("INSERT INTO event_log (id, position, seen) VALUES (1, 0, pg_current_snapshot()::text)")


def downgrade() -> None:
    op.drop_table("event_log")
    op.drop_table("events")
