"""A next version's migration, as somebody would write it: a column, its values, an index, and a rule on it."""

from pathlib import Path

_HEAD = """import sqlalchemy as sa
from alembic import op

from db import online

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
{steps}

def downgrade() -> None:
    pass
"""
STEPS = (
    ('    op.add_column("posts", sa.Column("reading_minutes", sa.Integer(), nullable=True))\n',),
    (
        '    online.fill("posts", "reading_minutes = greatest(1, word_count / 200)", "reading_minutes IS NULL")\n',
        '    online.create_index("posts_reading_idx", "posts", ["reading_minutes", "id"])\n',
    ),
    (
        '    name = op.f("posts_reading_minutes_check")\n',
        '    op.create_check_constraint(name, "posts", "reading_minutes IS NOT NULL", postgresql_not_valid=True)\n',
    ),
    ('    op.execute("ALTER TABLE posts VALIDATE CONSTRAINT posts_reading_minutes_check")\n',),
)


def write_revisions(folder: Path, before: str) -> list[str]:
    """Write them, each after the one before; answers their names."""
    names = [f"next_{number}" for number in range(1, len(STEPS) + 1)]
    for name, above, steps in zip(names, [before, *names], STEPS, strict=False):
        (folder / f"{name}.py").write_text(_HEAD.format(revision=name, before=above, steps="".join(steps)))
    return names
