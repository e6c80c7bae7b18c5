"""Whether Redis has a say in which kept responses are true, as PostgreSQL remembers it for all processes.

    closed → opening → open → closing → closed

open      a process that looked here within the lease may believe Redis under this epoch; who writes marks in Redis what
          he touches before he commits; if he cannot, he closes, and waits until all leases from before have run out
closing   nobody believes Redis who looks here now; who writes waits for the leases before he commits
closed    nobody believes Redis, nobody marks: all who still might have are past their leases
opening   who writes marks again; nobody believes Redis until all transactions have ended that may have read `closed`

Each step is a compare-and-set of one row, so any process may take it, and go on where another one died.
"""

from dataclasses import dataclass
from typing import Literal

import asyncpg
from sqlalchemy import TextClause, text

from db.changes import CHANGE_COLUMNS, change_of
from db.conflicts import told
from db.database import Database, WriteSession
from db.depends import touched
from db.statements import Statement

State = Literal["closing", "closed", "opening", "open"]


@dataclass(frozen=True, slots=True)
class PlaneState:
    """The row: of no use later than the lease after it was asked for."""

    state: State
    epoch: str
    run_id: str
    """Of the Redis that the epoch is in."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What a transaction touched that is about to be committed."""

    xid: int
    tags: frozenset[str]
    plane: PlaneState


_PENDING = text(
    f"SELECT c.xid, p.state, p.epoch, p.run_id, {CHANGE_COLUMNS} "  # noqa: S608 - constants
    "FROM changes c, cache_plane p "
    "WHERE c.xid = (pg_current_xact_id_if_assigned()::text)::bigint AND p.state <> 'closed'"
)
_FATE = Statement("SELECT pg_xact_status($1::text::xid8)", ("xid",), {})
_CLOSE = text(
    "UPDATE cache_plane SET state = 'closing', since = clock_timestamp() "
    "WHERE epoch = :epoch AND state IN ('opening', 'open') RETURNING 1"
)
_CLOSED = text(
    "UPDATE cache_plane SET state = 'closed', since = clock_timestamp() "
    "WHERE epoch = :epoch AND state = 'closing' RETURNING 1"
)
_CLAIM = text(
    "UPDATE cache_plane SET epoch = :epoch, since = clock_timestamp() WHERE epoch = :before AND state = 'closed' "
    "AND since < clock_timestamp() - cast(:pause AS float) * interval '1 second' RETURNING 1"
)
_OPENING = text(
    "UPDATE cache_plane SET state = 'opening', run_id = :run_id, barrier = NULL, since = clock_timestamp() "
    "WHERE epoch = :epoch AND state = 'closed' RETURNING 1"
)
_BARRIER = text(
    "UPDATE cache_plane SET barrier = (pg_current_xact_id()::text)::bigint "
    "WHERE epoch = :epoch AND state = 'opening' AND barrier IS NULL RETURNING 1"
)
_PASSED = Statement(
    "SELECT pg_current_snapshot()::text FROM cache_plane WHERE epoch = $1 AND state = 'opening' "
    "AND (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint >= barrier",
    ("epoch",),
    {},
)
_OPEN = text(
    "UPDATE cache_plane SET state = 'open', since = clock_timestamp() "
    "WHERE epoch = :epoch AND state = 'opening' RETURNING 1"
)


async def pending(session: WriteSession) -> Pending | None:
    """What this transaction touched, asked last; None where that is nothing, or nobody asks Redis. One statement."""
    records = (await session.execute(_PENDING)).all()
    if not records:
        return None
    xid, state, epoch, run_id = records[0][:4]
    changes = [change_of(record[4:]) for record in records]
    tags = frozenset(touched(changes))
    return Pending(xid, tags, PlaneState(state, epoch, run_id)) if tags else None


async def fate_of(database: Database, xid: int) -> str | None:
    """What became of a transaction: `in progress`, `committed`, `aborted`; None where nobody knows any more.

    Raises:
        ClientError: the database cannot say.

    """
    try:
        [[fate]] = await database.read().fetch(_FATE, {"xid": str(xid)})
    except asyncpg.InvalidParameterValueError:
        return None  # it is in the future: of a database that this one was restored instead of
    return None if fate is None else str(fate)


async def close(database: Database, epoch: str) -> None:
    """Let nobody begin to believe this epoch any more; this and what follows raises ClientError as `transact` does."""
    await _written(database, _CLOSE, epoch=epoch)


async def closed(database: Database, epoch: str) -> None:
    """Say that nobody believes this epoch any more: the lease has passed since one knew that it closes."""
    await _written(database, _CLOSED, epoch=epoch)


async def claim(database: Database, before: str, epoch: str, pause: float) -> bool:
    """Take it on oneself to open, after `pause` seconds at the earliest, unless another one does."""
    return await _written(database, _CLAIM, before=before, epoch=epoch, pause=pause)


async def opening(database: Database, epoch: str, run_id: str) -> bool:
    """Begin to open: the epoch is in Redis, and who writes shall mark there."""
    return await _written(database, _OPENING, epoch=epoch, run_id=run_id)


async def passed(database: Database, epoch: str) -> str | None:
    """A snapshot that sees the end of every transaction that began before all would mark; None while there is none.

    To be asked by one who saw the state `opening` before: so the barrier, a transaction's own number, which is above
    all that were given out before, is from after its commit.
    """
    await _written(database, _BARRIER, epoch=epoch)
    records = await database.read().fetch(_PASSED, {"epoch": epoch})
    return str(records[0][0]) if records else None


async def opened(database: Database, epoch: str) -> None:
    """Let all believe this epoch."""
    await _written(database, _OPEN, epoch=epoch)


async def _written(database: Database, statement: TextClause, **values: object) -> bool:
    """Whether the row was in the state that the step begins from."""
    with told():
        async with database.write_aside() as session:
            return (await session.execute(statement, values)).first() is not None
