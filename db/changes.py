"""The changes of a transaction, as triggers stated them: whoever wrote, by whatever statement, none is forgotten."""

import json

from sqlalchemy import text

from core.changes import Change
from db.database import ReadSession, WriteSession
from db.statements import Statement

_STATED = text(
    "SELECT entity, kind, row_id, before::text, after::text, columns FROM changes "
    "WHERE xid = (pg_current_xact_id()::text)::bigint ORDER BY id"
)


async def count_changes(session: ReadSession) -> int:
    """How many changes are remembered."""
    records = await session.fetch(Statement("SELECT count(*) FROM changes", (), {}), {})
    return int(records[0][0])


async def stated_changes(session: WriteSession) -> list[Change]:
    """What this transaction changed so far, in the order of its statements: one statement."""
    return [
        Change(
            entity,
            kind,
            row_id,
            None if before is None else json.loads(before),
            None if after is None else json.loads(after),
            frozenset(columns or ()),
        )
        for entity, kind, row_id, before, after, columns in await session.execute(_STATED)
    ]
