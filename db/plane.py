"""What was changed since one looked last: the clock by which kept responses are held against the database.

Each look is one statement. It tells of every change that was committed since the look before, whoever wrote it, and of
none twice: a change belongs to a transaction, and PostgreSQL knows of each transaction whether a snapshot sees it. So
nothing is missed that commits late, and nothing need be in order. A response that was read after look n holds until a
later look tells of a change to what it depends on.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.changes import Change
from db.database import Database, Record
from db.depends import touched
from db.statements import Statement


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which transactions a look saw: all before `xmin`, none from `xmax` on, of those between not the running ones."""

    text: str

    @property
    def xmin(self) -> int:
        """All transactions before this one had ended."""
        return int(self.text.partition(":")[0])

    @property
    def xmax(self) -> int:
        """No transaction from this one on had begun to write."""
        return int(self.text.split(":")[1])


@dataclass(frozen=True, slots=True)
class Look:
    """What a look saw: its snapshot, and what was touched since the one before."""

    snapshot: Snapshot
    touched: frozenset[str]


_FIRST = Statement("SELECT pg_current_snapshot()::text, NULL", (), {})
_NEXT = Statement(
    "SELECT pg_current_snapshot()::text, c.entity, c.kind, c.row_id, c.before::text, c.after::text, c.columns "
    "FROM (VALUES (1)) AS one LEFT JOIN changes c ON c.xid >= $1::bigint "
    "AND NOT pg_visible_in_snapshot(c.xid::text::xid8, $2::text::pg_snapshot)",
    ("xmin", "seen"),
    {},
)


async def look(database: Database, before: Snapshot | None) -> Look:
    """Look at what was changed since `before`; the first look has nothing to tell.

    Raises:
        ClientError: the database cannot say.

    """
    session = database.read()
    if before is None:
        records = await session.fetch(_FIRST, {})
    else:
        records = await session.fetch(_NEXT, {"xmin": before.xmin, "seen": before.text})
    changes = [_change(record) for record in records if record[1] is not None]
    return Look(Snapshot(records[0][0]), frozenset(touched(changes)))


def _change(record: Record) -> Change:
    _, entity, kind, row_id, before, after, columns = record
    return Change(entity, kind, row_id, _card(before), _card(after), frozenset(_names(columns)))


def _card(value: str | None) -> dict[str, Any] | None:
    return None if value is None else json.loads(value)


def _names(columns: Sequence[str] | None) -> Sequence[str]:
    return columns or ()
