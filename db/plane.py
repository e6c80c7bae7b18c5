"""What was changed since one looked last: the clock by which kept responses are held against the database.

Each look is one statement. It tells of every change that was committed since the look before, whoever wrote it, and of
none twice: a change belongs to a transaction, and PostgreSQL knows of each transaction whether a snapshot sees it. So
nothing is missed that commits late, and nothing need be in order. A response that was read after look n holds until a
later look tells of a change to what it depends on.

After a crash PostgreSQL gives the numbers of transactions again that it had not written to disk: of those that were
rolled back, for what was committed was written. A look that saw such a one as over would not be told of the next that
has its number. So each look says when PostgreSQL crashed last: what was seen before that is worth nothing after it.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from core.changes import Change
from db.changes import CHANGE_COLUMNS, change_of
from db.database import Database
from db.depends import touched
from db.plane_state import PlaneState
from db.position import POSITION_COLUMNS, POSITION_WIDTH, Position, position_of
from db.snapshot import Snapshot
from db.statements import Statement


@dataclass(frozen=True, slots=True)
class Look:
    """What a look saw: its snapshot, what was touched since the one before, and by which transactions."""

    snapshot: Snapshot
    touched: Mapping[int, frozenset[str]]
    plane: PlaneState
    history: str
    """Where the numbers of these transactions belong to (`HISTORY`)."""
    site: str = ""
    """By the first look only: a name that no two databases share."""
    position: Position | None = None
    """Where the primary's log was; None where there are no replicas."""


HISTORY = (
    "uuid_hash_extended(p.site, 0) # hashtextextended(pg_relation_filepath(p.tableoid), 0) "
    "# hashfloat8extended(date_part('epoch', pg_postmaster_start_time()), 0) "
    # Recovery from a crash, by which alone PostgreSQL does not start anew, begins its statistics anew.
    "# hashfloat8extended(coalesce(date_part('epoch', pg_stat_get_bgwriter_stat_reset_time()), 0), 1)"
)
"""A number, of `cache_plane p`, that is another one after a restore, a failover, a crash or a restart of PostgreSQL.

After these, numbers of transactions may be given again, so what was noted by the old ones says nothing. Files can be
put back under a server that stands still only; a table that a dump makes anew has another file; and
`broadsheet after-restore` gives another site.
"""

_CHANGE = slice(6, 12)
_COLUMNS = f"pg_current_snapshot()::text, p.state, p.epoch, p.run_id, {HISTORY}"


def _statements(*more: str) -> tuple[Statement, Statement]:
    """The first look, and each after it; `more` are columns that come last."""
    first = ", ".join((_COLUMNS, "NULL", "p.site::text || '.' || d.oid", *more))
    following = ", ".join((_COLUMNS, "c.xid", CHANGE_COLUMNS, *more))
    return (
        Statement(
            f"SELECT {first} FROM cache_plane p, pg_database d WHERE d.datname = current_database()",  # noqa: S608
            (),
            {},
        ),
        Statement(
            f"SELECT {following} FROM cache_plane p LEFT JOIN changes c ON c.xid >= $1::bigint "  # noqa: S608 - constants
            "AND NOT pg_visible_in_snapshot(c.xid::text::xid8, $2::text::pg_snapshot)",
            ("xmin", "seen"),
            {},
        ),
    )


_FIRST, _NEXT = _statements()
_FIRST_PLACED, _NEXT_PLACED = _statements(POSITION_COLUMNS)


async def look(database: Database, before: Snapshot | None) -> Look:
    """Look at what was changed since `before`; the first look has nothing to tell.

    Raises:
        ClientError: the database cannot say.

    """
    session, placed = database.read(), database.replicas is not None
    if before is None:
        records = await session.fetch(_FIRST_PLACED if placed else _FIRST, {})
    else:
        values = {"xmin": before.xmin, "seen": before.text}
        records = await session.fetch(_NEXT_PLACED if placed else _NEXT, values)
    changes = defaultdict[int, list[Change]](list)
    for record in records:
        if record[5] is not None:
            changes[record[5]].append(change_of(record[_CHANGE]))
    text, state, epoch, run_id, history = records[0][:5]
    snapshot = Snapshot(text)
    by_transaction = {xid: frozenset(touched(made)) for xid, made in changes.items()}
    site = str(records[0][6]) if before is None else ""
    position = position_of(snapshot, records[0][-POSITION_WIDTH:]) if placed else None
    return Look(snapshot, by_transaction, PlaneState(state, epoch, run_id), str(history), site, position)
