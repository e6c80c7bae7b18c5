"""${message}

Revision: ${up_revision}
After: ${down_revision | comma,n}

The version before this one serves while this runs, and may serve after it: add first, fill in pieces, take away
in a later release. No default that rewrites a table; an index on a large table CONCURRENTLY, in a revision of its own.
A lock that is not had within the lock timeout fails the migration, and nothing is changed.
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
