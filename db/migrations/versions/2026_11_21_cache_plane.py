"""Which Redis has a say in which kept responses are true.

Revision: 0005
After: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cache_plane",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("site", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("epoch", sa.Text(collation="C"), nullable=False),
        sa.Column("run_id", sa.Text(collation="C"), nullable=False),
        sa.Column("barrier", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("cache_plane_one_row_check")),
        sa.CheckConstraint("state IN ('closing', 'closed', 'opening', 'open')", name=op.f("cache_plane_state_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("cache_plane_pkey")),
    )
    op.execute("INSERT INTO cache_plane (id, state, epoch, run_id) VALUES (1, 'closed', '', '')")


def downgrade() -> None:
    op.drop_table("cache_plane")
