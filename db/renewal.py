"""What must be renewed when a database was restored: all that others remember of the time that is lost.

Kept responses need none of it where files were put back or a dump was taken in (`db.plane.HISTORY`).
"""

from sqlalchemy import text

from db.database import WriteSession
from db.writes.purge import purge

AHEAD = 1_000_000
"""Ids that are left out."""
EVENTS_AHEAD = 1_000_000_000
"""Places of events that are left out."""

_SEQUENCES = text(
    "SELECT setval(s.oid::regclass, coalesce(pg_sequence_last_value(s.oid), 0) + cast(:ahead AS bigint)) "
    "FROM pg_class s WHERE s.relkind = 'S' AND s.relnamespace = 'public'::regnamespace"
)
_SITE = text("UPDATE cache_plane SET site = gen_random_uuid()")
_CHANGES = text("DELETE FROM changes")
_EVENTS = text("DELETE FROM events")
_LOG = text("UPDATE event_log SET position = position + :ahead, seen = pg_current_snapshot()::text")


async def renew(session: WriteSession) -> None:
    """Let nothing that was given out before be given out again, and nothing be believed that was kept.

    Ids of rows go on from far beyond: an access token, a cursor or a client's cache may still name rows of the time
    that is lost, and must not come to mean others. Events go on from a gap.
    """
    # What it says is of transactions of another server, whose numbers may be ahead of this one's.
    await session.execute(_CHANGES)
    await session.execute(_SITE)
    await session.execute(_EVENTS)
    await session.execute(_LOG, {"ahead": EVENTS_AHEAD})
    await session.execute(_SEQUENCES, {"ahead": AHEAD})
    await purge(session, [])
