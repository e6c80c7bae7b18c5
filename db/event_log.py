"""The log of events: made of what was changed since the last look, each with the next place; who missed some reads it.

One connection at a time makes them: that which holds an advisory lock, until it ends. An event gets its place after its
transaction was committed, so no place is ever filled later, however long another transaction takes; and whoever saw the
one commit before he began the other finds them in that order.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from core.errors import UnavailableError
from db.changes import CHANGE_COLUMNS, change_of
from db.database import ReadSession
from db.engines import LOST
from db.events import ENTITIES, EVERYTHING, FIELDS, Event, PostNow, Stated, event_of, events_of, with_posts
from db.plane import HISTORY
from db.snapshot import Snapshot
from db.statements import Statement

_LOCK = 7_231_004_918
"""Any number will do, so long as every process takes the same."""

_SESSION = {
    "application_name": "broadsheet events",
    # A process that hangs, or whose machine is gone, must not hold the others up.
    "idle_session_timeout": "5000",
    "idle_in_transaction_session_timeout": "5000",
    "statement_timeout": "10000",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "timezone": "UTC",
}
_PATIENCE = 15.0
"""Seconds that any step may take."""

MOST_AT_ONCE = 20_000
"""Changes that are looked at one by one; of more than these it is only told that they were."""

_LOG = (
    "SELECT position, seen, pg_current_snapshot()::text, "
    "pg_snapshot_xmax(seen::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot()) FROM event_log"
)
_CHANGED = f"""
SELECT pg_current_snapshot()::text, c.xid, c.at, {CHANGE_COLUMNS}
FROM (SELECT 1) AS one LEFT JOIN LATERAL (
    SELECT * FROM changes
    WHERE xid >= (pg_snapshot_xmin($1::text::pg_snapshot)::text)::bigint
    AND xid < (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint
    AND NOT pg_visible_in_snapshot(xid::text::xid8, $1::text::pg_snapshot)
    AND entity = any($2::text[])
    AND (entity <> 'session' OR kind = 'DELETE' OR columns IS NULL OR 'revoked_at' = any(columns))
    AND (entity <> 'user' OR columns IS NULL OR 'role' = any(columns))
    ORDER BY id LIMIT {MOST_AT_ONCE + 1}
) AS c ON true ORDER BY c.id
"""  # noqa: S608 - constants
_POSTS = """
SELECT id, status,
    ARRAY(SELECT list_id FROM post_listings l WHERE l.post_id = p.id AND l.kind = 'author'),
    ARRAY(SELECT t.slug FROM post_tags l JOIN tags t ON t.id = l.tag_id WHERE l.post_id = p.id)
FROM posts p WHERE id = any($1::bigint[])
"""
_NAMES = ", ".join(FIELDS)
_INSERT = f"INSERT INTO events ({_NAMES}) VALUES ({', '.join(f'${n}' for n in range(1, len(FIELDS) + 1))})"  # noqa: S608
_ADVANCE = "UPDATE event_log SET position = $1, seen = $2"
_AFTER = f"SELECT {_NAMES} FROM events WHERE position > $1 ORDER BY position LIMIT $2"  # noqa: S608


class EventMaker:
    """A connection of one's own, that makes events of changes as long as it holds the lock."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: asyncpg.Connection | None = None
        self._seen = ""
        self.position = 0
        """Of the last event that there is."""

    async def try_to_lead(self) -> bool:
        """Take the lock, if nobody has it; connects when it is first needed.

        Raises:
            UnavailableError: PostgreSQL cannot be reached.

        """
        async with _told():
            if self._connection is None:
                self._connection = await asyncpg.connect(self._url, server_settings=_SESSION, timeout=_PATIENCE)
            if not await self._connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
                return False
            [[self.position, self._seen, now, is_foreign]] = await self._connection.fetch(_LOG)
            if is_foreign:
                # It was made by another server, whose transactions have other numbers.
                await self._skip(now)
            return True

    async def make(self) -> list[Event]:
        """Give the events of what was committed since the last time their places.

        Raises:
            UnavailableError: PostgreSQL cannot be reached, or the lock may be lost: begin again with another maker.

        """
        connection = self._connection
        assert connection is not None
        async with _told():
            records = await connection.fetch(_CHANGED, self._seen, ENTITIES)
            now: str = records[0][0]
            stated = [
                Stated(record[1], record[2], change_of(record[3:])) for record in records if record[1] is not None
            ]
            if not stated:
                # It need not be remembered: who begins at the one before finds nothing more.
                self._seen = now
                return []
            if len(stated) > MOST_AT_ONCE:
                return await self._skip(now)
            events = events_of(stated)
            async with connection.transaction():
                ids = sorted({event.post_id for event in events if event.post_id is not None})
                posts = {record[0]: PostNow(*record[1:]) for record in await connection.fetch(_POSTS, ids)}
                events = list(with_posts(events, posts))
                await self._write(events, now)
            return events

    async def latest(self, number: int) -> list[Event]:
        """The last events, so many at most.

        Raises:
            UnavailableError: PostgreSQL cannot be reached.

        """
        assert self._connection is not None
        async with _told():
            records = await self._connection.fetch(_AFTER, max(self.position - number, 0), number)
            return [event_of(record) for record in records]

    async def end(self) -> None:
        """Let go of the lock, by hanging up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _write(self, events: list[Event], seen: str) -> None:
        assert self._connection is not None
        for place, event in enumerate(events, self.position + 1):
            event.position = place
        await self._connection.executemany(_INSERT, [event.values() for event in events])
        await self._connection.execute(_ADVANCE, self.position + len(events), seen)
        self.position, self._seen = self.position + len(events), seen

    async def _skip(self, now: str) -> list[Event]:
        """Write that nobody can say what happened up to a snapshot."""
        assert self._connection is not None
        async with self._connection.transaction():
            at: datetime = await self._connection.fetchval("SELECT now()")
            # Of no transaction that a subscriber can have seen before he began.
            events = [Event(Snapshot(now).xmax, at, kind) for kind in EVERYTHING]
            await self._write(events, now)
        return events


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """Turn what the driver raises into what a client may hear, and bound the time."""
    try:
        async with asyncio.timeout(_PATIENCE):
            yield
    except (*LOST, asyncpg.InterfaceError, asyncpg.PostgresError) as error:
        raise UnavailableError("The database cannot be reached.") from error


@dataclass(frozen=True, slots=True)
class LogState:
    """How far the log goes: events after `floor` are kept, up to `position`; and of which history (`plane.HISTORY`)."""

    position: int
    floor: int
    snapshot: Snapshot
    history: str


_STATE = Statement(
    f"SELECT l.position, (SELECT min(position) FROM events), pg_current_snapshot()::text, {HISTORY} "  # noqa: S608
    "FROM event_log l, cache_plane p",
    (),
    {},
)
_READ = Statement(
    f"SELECT {_NAMES} FROM events WHERE position > $1 AND position <= $2 "  # noqa: S608
    "AND ($3::text[] IS NULL OR kind = any($3)) AND ($4::bigint IS NULL OR post_id IS NULL OR post_id = $4) "
    "ORDER BY position LIMIT $5",
    ("after", "last", "kinds", "post_id", "limit"),
    {},
)


async def log_state(session: ReadSession) -> LogState:
    """How far the log goes now; raises ClientError as a read does."""
    [[position, first, snapshot, history]] = await session.fetch(_STATE, {})
    return LogState(position, position if first is None else first - 1, Snapshot(snapshot), str(history))


async def read_events(
    session: ReadSession,
    after: int,
    last: int,
    limit: int,
    kinds: Sequence[str] | None = None,
    post_id: int | None = None,
) -> list[Event]:
    """Events by their places, so many at most, of these kinds and this post where they are given."""
    values = {"after": after, "last": last, "limit": limit, "kinds": kinds, "post_id": post_id}
    return [event_of(record) for record in await session.fetch(_READ, values)]
