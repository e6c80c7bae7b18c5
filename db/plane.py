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
        """No transaction from this one on had ended."""
        return int(self.text.split(":")[1])

    def sees(self, xid: int) -> bool:
        """Whether a transaction that was committed had been, for this snapshot."""
        return xid < self.xmin or (xid < self.xmax and str(xid) not in self.text.split(":")[2].split(","))


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

_COLUMNS = f"pg_current_snapshot()::text, p.state, p.epoch, p.run_id, {HISTORY}"
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
        if record[5] is not None:
            changes[record[5]].append(change_of(record[6:]))
    snapshot, state, epoch, run_id, history = records[0][:5]
    by_transaction = {xid: frozenset(touched(made)) for xid, made in changes.items()}
    site = str(records[0][6]) if before is None else ""
    return Look(Snapshot(snapshot), by_transaction, PlaneState(state, epoch, run_id), str(history), site)
