"""${message}

Revision: ${up_revision}
After: ${down_revision | comma,n}

The version before this one serves while this runs, and may serve after it: add first, fill in pieces, take away
in a later release (docs/operations.md). `db.online` has steps that hold no lock for long.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
