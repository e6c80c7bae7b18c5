"""Which revision of the schema a database is at."""

from db.database import ReadSession
from db.statements import Statement

_EXISTS = Statement("SELECT to_regclass('alembic_version') IS NOT NULL", (), {})
_CURRENT = Statement("SELECT version_num FROM alembic_version", (), {})


async def current_revision(session: ReadSession) -> str | None:
    """The revision, or None before the first migration; raises what a read raises."""
    if not (await session.fetch(_EXISTS, {}))[0][0]:
        return None
    records = await session.fetch(_CURRENT, {})
    return str(records[0][0]) if records else None
