"""How often something may be tried in vain. Counted before it is tried, so that tries at the same time count all."""

from datetime import timedelta

from sqlalchemy import delete, text
from sqlalchemy.sql.elements import TextClause

from core.addresses import address_key
from core.refusals import InputRefusal, RefusalCode
from db.database import WriteSession
from db.models import Throttle

ACCOUNT_WINDOW = timedelta(minutes=15)
ADDRESS_WINDOW = timedelta(minutes=1)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)

# A new row, a row whose window has passed, or one more try in the window. A blocked key counts nothing.
_COUNT: TextClause = text("""
INSERT INTO throttles AS t (key, tries, since) VALUES (:key, 1, now())
ON CONFLICT (key) DO UPDATE SET (tries, since) = (
    SELECT CASE WHEN past THEN 1 WHEN t.blocked_until > now() THEN t.tries ELSE t.tries + 1 END,
           CASE WHEN past THEN now() ELSE t.since END
    FROM (SELECT greatest(t.since, t.blocked_until) < now() - cast(:span AS interval) AS past) AS window_of
)
RETURNING tries, greatest(extract(epoch FROM blocked_until - now()), 0)::float8,
    extract(epoch FROM since + cast(:span AS interval) - now())::float8
""")
_BLOCK: TextClause = text("UPDATE throttles SET blocked_until = now() + cast(:wait AS interval) WHERE key = :key")


async def count_address(session: WriteSession, address: str, most: int) -> InputRefusal | None:
    """Count a try from an address; the reason against it, when there were too many in a minute."""
    found = await session.execute(_COUNT, {"key": address_key(address), "span": ADDRESS_WINDOW})
    tries, _, left = found.one()
    return _refusal(most, left) if tries > most else None


async def count_account(session: WriteSession, key: str, most: int) -> InputRefusal | None:
    """Count a try at an account; the reason against it, when it must wait.

    The first `most` tries in a quarter of an hour are free; each further one is let through after a wait that doubles.
    """
    found = await session.execute(_COUNT, {"key": key, "span": ACCOUNT_WINDOW})
    tries, blocked, _ = found.one()
    if blocked:
        return _refusal(most, blocked)
    if tries >= most:
        wait = min(FIRST_WAIT * 2 ** min(tries - most, 20), LONGEST_WAIT)
        await session.execute(_BLOCK, {"key": key, "wait": wait})
    return None


async def clear(session: WriteSession, key: str) -> None:
    """Forget the tries at an account: one was right."""
    await session.execute(delete(Throttle).where(Throttle.key == key))


def _refusal(limit: int, seconds: float) -> InputRefusal:
    message = f"Too many tries; try again in {max(1, round(seconds))} seconds."
    return InputRefusal(RefusalCode.LIMIT_EXCEEDED, message, (), limit)
