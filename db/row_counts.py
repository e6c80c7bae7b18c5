"""How many rows each table has."""

from db.database import ReadSession
from db.statements import Statement

_TABLES = Statement(
    "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') "
    "ORDER BY c.relname",
    (),
    {},
)


async def tables(session: ReadSession) -> list[str]:
    """The names of all tables; raises what a read raises."""
    return [str(name) for (name,) in await session.fetch(_TABLES, {})]


async def row_counts(session: ReadSession) -> dict[str, int]:
    """The exact number of rows of each table, one table after the other; raises what a read raises."""
    counts = {}
    for name in await tables(session):
        quoted = '"' + name.replace('"', '""') + '"'
        [[number]] = await session.fetch(Statement(f"SELECT count(*) FROM {quoted}", (), {}), {})  # noqa: S608 - quoted
        counts[name] = int(number)
    return counts
