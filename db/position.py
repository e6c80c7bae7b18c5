"""How far the primary's log had come when somebody asked: what a replica must have replayed to be read instead.

**What is asked.** `pg_current_wal_insert_lsn()`, in a statement that notes its snapshot, too. A transaction writes its
commit record before anybody sees it (`RecordTransactionCommit`: record, flush, then out of the list of those that
run), and the function is called after the statement has its snapshot. So every transaction that the snapshot sees, and
with it all that was committed and answered before the statement was sent, has its commit record before that place.
The places up to which the log was written or flushed would not do: with `synchronous_commit = off` a transaction is
seen, and answered, before its record is either.

**When it moves on.** The log goes on by itself: vacuum, statistics, sessions that log in, transactions that are rolled
back. Only what is stated in `changes` can be seen in a response. So the place stays, while a look tells of no change:
what is visible is what was visible there. An idle blog's replicas need not catch up with anything.

**At the beginning of a page** of the log the place of the next record is behind the page's header, but whoever has
replayed all before it stands at the page's beginning, which is taken here.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.shared_call import SharedCall
from db.connections import Connections
from db.snapshot import Snapshot

LONGEST_PAUSE = 1_800.0
"""Seconds after which `changes` are not asked whether nothing was changed meanwhile; far less than they are kept."""
_HEADERS = (24, 40)
"""Bytes of the header of a page of the log, and of the first one of a file."""

POSITION_COLUMNS = """
    pg_current_wal_insert_lsn(), current_setting('wal_block_size')::int,
    (SELECT system_identifier FROM pg_control_system()), left(pg_walfile_name(pg_current_wal_insert_lsn()), 8),
    (SELECT p.site::text || '.' || d.oid FROM cache_plane p, pg_database d WHERE d.datname = current_database())
"""
"""What `position_of` reads, for any statement to the primary."""
POSITION_WIDTH = 5
_POSITION = f"""
SELECT $1::bigint IS NULL OR EXISTS (SELECT FROM changes c
        WHERE c.xid >= $1 AND NOT pg_visible_in_snapshot(c.xid::text::xid8, $2::text::pg_snapshot)),
    pg_current_snapshot()::text, {POSITION_COLUMNS}
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Origin:
    """Which database it is, in which history: what a replica must have in common with its primary."""

    system: int
    """The identifier that a cluster gets when it is made, and that all its copies keep."""
    timeline: int
    """It goes up by one whenever a replica is promoted, so who follows the old primary has another one."""
    site: str
    """Of the database in the cluster."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the primary's log, and what was visible there."""

    place: int
    """Bytes. Who has replayed up to here has replayed every change that `snapshot` sees."""
    snapshot: Snapshot
    origin: Origin

    def since(self, before: "Position | None") -> "Position":
        """The same, where nothing was changed since another one: what is visible was visible there."""
        if before is None or before.origin != self.origin:
            return self
        return replace(self, place=before.place)


def position_of(snapshot: Snapshot, record: Sequence[Any]) -> Position:
    """A position from the values of `POSITION_COLUMNS`, and the snapshot of the same statement."""
    insert, page, system, timeline, site = record
    place = insert - insert % page if insert % page in _HEADERS else insert
    return Position(place, snapshot, Origin(system, int(timeline, 16), site))


class Primary:
    """Knows the position; looks are shared by all who wait for one."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._looked_at = _times()
        self.position: Position | None = None
        """By the last look."""
        self.look = SharedCall(self._look)
        """Look; raises what `Connections.fetch` does."""

    async def _look(self) -> None:
        before, sent = self.position, _times()
        if max(now - then for now, then in zip(sent, self._looked_at, strict=True)) > LONGEST_PAUSE:
            before = None
        seen = None if before is None else before.snapshot
        arguments = [None, None] if seen is None else [seen.xmin, seen.text]
        [[is_changed, snapshot, *record]] = await self._connections.fetch(_POSITION, arguments)
        found = position_of(Snapshot(snapshot), record)
        self._looked_at = sent
        self.position = found if is_changed else found.since(before)

    def note(self, position: Position) -> None:
        """Take over what somebody else asked the primary, if that is newer."""
        if self.position is None or position.snapshot.xmax > self.position.snapshot.xmax:
            self._looked_at = _times()
            self.position = position


def _times() -> tuple[float, float]:
    """By two clocks: one may stand still while the machine sleeps, the other may be set."""
    return time.monotonic(), time.time()
