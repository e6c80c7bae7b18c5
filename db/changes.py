"""The changes of a transaction, as triggers stated them: whoever wrote, by whatever statement, none is forgotten."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from core.changes import Change
from db.database import ReadSession, WriteSession
from db.statements import Statement

CHANGE_COLUMNS = "c.entity, c.kind, c.row_id, c.before::text, c.after::text, c.columns"
"""What `change_of` reads, of the table `changes` as `c`."""

_STATED = text(f"SELECT {CHANGE_COLUMNS} FROM changes c WHERE xid = (pg_current_xact_id()::text)::bigint ORDER BY id")  # noqa: S608 - constants


def change_of(record: Sequence[Any]) -> Change:
    """A change from the values of `CHANGE_COLUMNS`."""
    entity, kind, row_id, before, after, columns = record
    return Change(entity, kind, row_id, _card(before), _card(after), frozenset(columns or ()))


async def count_changes(session: ReadSession) -> int:
    """How many changes are remembered."""
    records = await session.fetch(Statement("SELECT count(*) FROM changes", (), {}), {})
    return int(records[0][0])


async def stated_changes(session: WriteSession) -> list[Change]:
    """What this transaction changed so far, in the order of its statements: one statement."""
    return [change_of(record) for record in await session.execute(_STATED)]


def _card(value: str | None) -> dict[str, Any] | None:
    return None if value is None else json.loads(value)
