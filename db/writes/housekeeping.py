"""What has served its time: deleted now and then, by whichever process comes first."""

from datetime import timedelta

from sqlalchemy import text

from db.database import WriteSession

CHANGES_KEPT = timedelta(hours=6)
EVENTS_KEPT = timedelta(hours=24)
KEYS_KEPT = timedelta(hours=24)
SESSIONS_KEPT = timedelta(days=7)
THROTTLES_KEPT = timedelta(days=1)

# Any number will do, so long as every process takes the same.
_LOCK = 7_231_004_917
_OLD = (
    ("changes", "at", CHANGES_KEPT),
    ("idempotency_keys", "created_at", KEYS_KEPT),
    ("sessions", "expires_at", SESSIONS_KEPT),
    ("throttles", "since", THROTTLES_KEPT),
)
# From the first on, so that no hole comes into being between those that are kept.
_OLD_EVENTS = text(
    "DELETE FROM events WHERE position IN (SELECT position FROM events WHERE position <= "
    "(SELECT max(position) FROM events WHERE at < now() - cast(:kept AS interval)) ORDER BY position LIMIT 10000) "
    "RETURNING 1"
)


async def delete_what_is_old(session: WriteSession) -> dict[str, int]:
    """Delete changes, events, idempotency keys, ended sessions and throttles that nobody needs; numbers, by table.

    Ended sessions stay for some days: by them a refresh token that comes late is known. Nothing is done while another
    process does it.
    """
    mine = await session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _LOCK})
    if not mine:
        return {}
    deleted: dict[str, int] = {}
    for table, column, kept in _OLD:
        # A bounded number each time: no long lock, no long transaction.
        statement = text(
            f"WITH old AS (SELECT ctid FROM {table} WHERE {column} < now() - cast(:kept AS interval) "  # noqa: S608 - constants
            "LIMIT 10000 FOR UPDATE SKIP LOCKED) "
            f"DELETE FROM {table} USING old WHERE {table}.ctid = old.ctid RETURNING 1"
        )
        deleted[table] = len((await session.execute(statement, {"kept": kept})).all())
    deleted["events"] = len((await session.execute(_OLD_EVENTS, {"kept": EVENTS_KEPT})).all())
    return deleted
