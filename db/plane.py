"""What was changed since one looked last: the clock by which kept responses are held against the database.

Each look is one statement. It tells of every change that was committed since the look before, whoever wrote it, and of
none twice: a change belongs to a transaction, and PostgreSQL knows of each transaction whether a snapshot sees it. So
nothing is missed that commits late, and nothing need be in order. A response that was read after look n holds until a
later look tells of a change to what it depends on.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from core.changes import Change
from db.changes import CHANGE_COLUMNS, change_of
from db.database import Database
from db.depends import touched
from db.plane_state import PlaneState
from db.snapshot import Snapshot
from db.statements import Statement


@dataclass(frozen=True, slots=True)
class Look:
    """What a look saw: its snapshot, what was touched since the one before, and by which transactions."""

    snapshot: Snapshot
    touched: Mapping[int, frozenset[str]]
    plane: PlaneState
    site: str = ""
    """By the first look only: a name that no two databases share."""


_COLUMNS = "pg_current_snapshot()::text, p.state, p.epoch, p.run_id"
_FIRST = Statement(
    f"SELECT {_COLUMNS}, NULL, p.site::text || '.' || d.oid "  # noqa: S608 - constants
    "FROM cache_plane p, pg_database d WHERE d.datname = current_database()",
    (),
    {},
)
_NEXT = Statement(
    f"SELECT {_COLUMNS}, c.xid, {CHANGE_COLUMNS} "  # noqa: S608
    "FROM cache_plane p LEFT JOIN changes c ON c.xid >= $1::bigint "
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
    changes = defaultdict[int, list[Change]](list)
    for record in records:
        if record[4] is not None:
            changes[record[4]].append(change_of(record[5:]))
    snapshot, state, epoch, run_id = records[0][:4]
    by_transaction = {xid: frozenset(touched(made)) for xid, made in changes.items()}
    site = str(records[0][5]) if before is None else ""
    return Look(Snapshot(snapshot), by_transaction, PlaneState(state, epoch, run_id), site)
