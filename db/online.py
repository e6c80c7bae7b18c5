"""Steps of a migration that hold no lock for long, while the version before serves.

For revisions in `db/migrations/versions`. Each step leaves the revision's transaction: what came before it is
committed, and a revision that failed is begun anew from its first step. So it must come to the same when done twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import sqlalchemy as sa
from alembic import op

BATCH = 500
"""Rows of a batch: of up to 1,000 in one statement each is told to kept responses by itself (revision 0004)."""


@contextmanager
def outside_of_transactions() -> Iterator[None]:
    """Each statement is a transaction, and waits for locks as long as it must: what CONCURRENTLY needs."""
    context = op.get_context()
    with context.autocommit_block():
        before = "" if context.as_sql else op.get_bind().scalar(sa.text("SHOW lock_timeout"))
        op.execute("-- excused no-lock-timeout: nobody waits behind it\nSET lock_timeout = 0")
        try:
            yield
        finally:
            if before:
                op.execute(f"SET lock_timeout = '{before}'")


def create_index(name: str, table: str, columns: list[Any], **options: Any) -> None:
    """Create an index while others write; what an interrupted attempt left behind goes first.

    Args:
        name: of the index.
        table: on which it is.
        columns: as `op.create_index` takes them.
        options: the same.

    """
    with outside_of_transactions():
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.create_index(name, table, columns, postgresql_concurrently=True, **options)


def drop_index(name: str, table: str) -> None:
    """Drop an index while others read by others."""
    with outside_of_transactions():
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)


def fill(table: str, assignment: str, condition: str, key: str = "id") -> None:
    """Change the rows that fulfil a condition, some at a time, until none does.

    Args:
        table: whose rows.
        assignment: what follows SET.
        condition: which no row fulfils that was changed.
        key: the column that tells rows apart.

    """
    statement = (
        f"UPDATE {table} SET {assignment} WHERE {key} IN "  # noqa: S608 - a revision's own words
        f"(SELECT {key} FROM {table} WHERE {condition} ORDER BY {key} LIMIT {BATCH} FOR UPDATE)"
    )
    with outside_of_transactions():
        if op.get_context().as_sql:
            op.execute(f"-- excused whole-table-write: {BATCH} rows at a time\n{statement}")
            return
        for _ in count():
            if not op.get_bind().execute(sa.text(statement)).rowcount:
                return
