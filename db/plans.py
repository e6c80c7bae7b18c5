"""How PostgreSQL would run a statement, whatever the values are."""

import asyncpg

TIMEOUT = 5.0
"""Seconds for all of it."""


async def generic_plan(url: str, sql: str) -> str:
    """The plan of a statement with `$1` …, as text, over a connection of its own; nothing is run.

    It is the plan for any values, so none stands in it. `EXPLAIN (GENERIC_PLAN)` is the same from PostgreSQL 16 on.

    Raises:
        What asyncpg raises; TimeoutError.

    """
    # Nothing is kept that would need prepared statements of ours to hold beyond this.
    connection = await asyncpg.connect(url, timeout=TIMEOUT, statement_cache_size=0)
    try:
        async with connection.transaction(readonly=True):
            await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            await connection.execute(f"SET LOCAL statement_timeout = {TIMEOUT * 1000:.0f}")
            await connection.execute(f"PREPARE explained AS {sql}")
            number = await connection.fetchval(
                "SELECT coalesce(cardinality(parameter_types), 0) FROM pg_prepared_statements WHERE name = 'explained'"
            )
            nulls = f"({', '.join(['NULL'] * number)})" if number else ""
            rows = await connection.fetch(f"EXPLAIN EXECUTE explained{nulls}")
            return "\n".join(row[0] for row in rows)
    finally:
        await connection.close()
