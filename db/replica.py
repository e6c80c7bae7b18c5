"""One server that replays the primary's log: how far it has come, and whether it may be read at all."""

import asyncio
import time
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import structlog

from core.settings import Settings
from core.shared_call import SharedCall
from db.connections import Connections
from db.engines import LOST
from db.pools import PoolState
from db.position import Origin, Primary

_LOG = structlog.get_logger("broadsheet.replicas")

PAUSE = 1.0
"""Seconds for which a replica is not asked that failed, or may not be read."""
LAG_PAUSE = 0.25
"""Seconds for which nobody waits for one that did not come far enough in time."""
LOOK_EVERY = 0.01
"""Seconds between two looks at one that nobody waits for."""
MOST_AHEAD = 1_000

_OPENED = "SELECT pg_postmaster_start_time(), pg_last_wal_replay_lsn()"
# Of the numbers of the timeline each is set only after the server has followed the primary onto it. The last one is
# set before anything of it is replayed, and known to who may read statistics (`pg_read_all_stats`); the others are set
# some time later.
_LOOK = f"""
SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn(), pg_postmaster_start_time(),
    (SELECT system_identifier FROM pg_control_system()),
    greatest((SELECT timeline_id FROM pg_control_checkpoint()),
        (SELECT min_recovery_end_timeline FROM pg_control_recovery()),
        (SELECT received_tli FROM pg_stat_wal_receiver)),
    (SELECT p.site::text || '.' || d.oid FROM cache_plane p, pg_database d WHERE d.datname = current_database()),
    c.xid
FROM (SELECT 1) AS one LEFT JOIN LATERAL (
    SELECT DISTINCT xid FROM changes
    WHERE xid >= $1::bigint AND NOT pg_visible_in_snapshot(xid::text::xid8, $2::text::pg_snapshot)
    LIMIT {MOST_AHEAD + 1}
) AS c ON true
"""  # noqa: S608 - a constant


class ReplicaError(Exception):
    """A statement was not answered; ask the primary."""


class Replica:
    """Its connections, and what is known of it."""

    def __init__(self, settings: Settings, url: str, primary: Primary) -> None:
        parts = urlsplit(url)
        self.name = f"{parts.hostname or 'socket'}:{parts.port or 5432}"
        """Where it is, without who may come there."""
        self.replayed = 0
        """The place in the log up to which it has come at least; 0 where it may not be read."""
        self.ahead: frozenset[int] | None = frozenset()
        """Transactions that it shows, and the primary did not yet when it was asked last; None: too many."""
        self.reads = 0
        # Through PgBouncer a connection would not show that the server behind it was lost.
        past_pgbouncer = settings.model_copy(update={"pgbouncer": False})
        self._connections = Connections(past_pgbouncer, url, self._check)
        self._primary = primary
        self._timeout = settings.replica_timeout
        self._origin: Origin | None = None
        self._started_at: datetime | None = None
        self._closed_until = 0.0
        self._unawaited_until = 0.0
        self._looked_at = 0.0
        self._said = ""
        self._look = SharedCall(self._looked)

    @property
    def is_open(self) -> bool:
        """Whether it is worth asking."""
        return time.monotonic() >= self._closed_until

    @property
    def is_awaited(self) -> bool:
        """Whether it is worth waiting for."""
        return time.monotonic() >= self._unawaited_until and self.is_open

    def has(self, place: int, origin: Origin) -> bool:
        """Whether it shows all that was visible at that place of that primary's log."""
        return self.replayed >= place and self._origin == origin and self.is_open

    def lags(self) -> None:
        """It was waited for in vain."""
        self._unawaited_until = time.monotonic() + LAG_PAUSE

    def look_soon(self) -> None:
        """Have it asked, without waiting, unless it just was."""
        if time.monotonic() >= self._looked_at + LOOK_EVERY and self.is_awaited:
            self._looked_at = time.monotonic()
            self._look.soon()

    async def look(self) -> None:
        """Ask by a statement that is sent after this; raises nothing: what failed stands in `is_open`."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._look()
        except TimeoutError as error:
            self.fail(error)

    async def fetch(
        self, sql: str, arguments: list[Any], *, rows: type[Any] | None = None, prepared: bool = True
    ) -> list[Any]:
        """Run one statement.

        Raises:
            ReplicaError: whatever went wrong. If it was the statement, the primary says so, too.

        """
        self.reads += 1
        try:
            async with asyncio.timeout(self._timeout):
                return await self._connections.fetch(sql, arguments, rows=rows, prepared=prepared)
        except Exception as error:
            if not isinstance(error, asyncpg.PostgresError) or isinstance(error, LOST):
                self.fail(error)
            raise ReplicaError(self.name) from error

    def fail(self, error: BaseException) -> None:
        """Leave it alone for a while."""
        self._close(f"it does not answer ({type(error).__name__})")

    def pool(self, name: str) -> PoolState:
        """How its connections are at the moment, under this name."""
        return self._connections.pool(name)

    async def close(self) -> None:
        """Close every connection."""
        await self._connections.close()

    def _close(self, why: str) -> None:
        self._closed_until = time.monotonic() + PAUSE
        self.replayed, self._origin = 0, None
        self._say(why)

    def _say(self, what: str) -> None:
        """Tell the log, once for each change."""
        if what != self._said:
            self._said = what
            if what:
                _LOG.warning("replica_not_read", replica=self.name, why=what, instead="the primary is asked")
            else:
                _LOG.info("replica_read", replica=self.name)

    async def _check(self, connection: asyncpg.Connection) -> None:
        """Refuse a connection to a server that has not come as far as is known.

        After a crash a replica begins again at an earlier place, and serves before it is where it was. All connections
        from before are gone then, so each that is opened has to prove that it is as good as they were.
        """
        known = self.replayed
        [[started_at, replayed]] = await connection.fetch(_OPENED)
        if known and (started_at != self._started_at or (replayed or 0) < known):
            self._close("it was restarted, or its URL leads to several servers")
            # One that SQLAlchemy hands on as it is.
            raise ConnectionRefusedError(self._said)

    async def _looked(self) -> None:
        position = self._primary.position
        if position is None or not self.is_open:
            return
        try:
            records = await self._connections.fetch(_LOOK, [position.snapshot.xmin, position.snapshot.text])
        except Exception as error:  # noqa: BLE001 - whatever it is, the primary is there
            self.fail(error)
            return
        in_recovery, replayed, started_at, *origin, _ = records[0]
        self._origin = Origin(*origin)
        if not in_recovery or replayed is None:
            self._close("it is no replica: it was promoted, or never was one")
        elif (why := _difference(self._origin, position.origin)) is not None:
            self._close(why)
        else:
            ahead = frozenset(record[-1] for record in records if record[-1] is not None)
            self.ahead = None if len(ahead) > MOST_AHEAD else ahead
            # After a restart it may be where it was before.
            self.replayed = max(self.replayed, replayed) if started_at == self._started_at else replayed
            self._started_at = started_at
            self._say("")


def _difference(own: Origin, primary: Origin) -> str | None:
    """What keeps a server from being a replica of that primary."""
    if own.system != primary.system:
        return "it is a copy of another server than DATABASE_URL names"
    if own.site != primary.site:
        return "its URL names another database than DATABASE_URL does"
    if own.timeline != primary.timeline:
        return f"it is on timeline {own.timeline}, and the primary is on {primary.timeline}"
    return None
