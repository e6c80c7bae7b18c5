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
from datetime import datetime

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
    site: str = ""
    """By the first look only: a name that no two databases share."""
    crashed_at: datetime | None = None
    """When PostgreSQL recovered from its last crash; another server, promoted or restored, has another time."""

    @property
    def life(self) -> str:
        """A name for the time since then."""
        return life_of(self.crashed_at)


def life_of(crashed_at: datetime | None) -> str:
    """A name for the time in which no number of a transaction is given twice."""
    return "" if crashed_at is None else f"{crashed_at:%Y%m%d%H%M%S%f}"


# Recovery from a crash begins its statistics anew, before anybody may connect; a restart in peace does not. Anybody may
# ask, and it takes less than a microsecond. Whoever resets these by hand has what was kept read anew, and no more.
_COLUMNS = "pg_current_snapshot()::text, p.state, p.epoch, p.run_id, pg_stat_get_bgwriter_stat_reset_time()"
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
    snapshot, state, epoch, run_id, crashed_at = records[0][:5]
    by_transaction = {xid: frozenset(touched(made)) for xid, made in changes.items()}
    site = str(records[0][6]) if before is None else ""
    return Look(Snapshot(snapshot), by_transaction, PlaneState(state, epoch, run_id), site, crashed_at)
