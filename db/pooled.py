"""What is different behind PgBouncer in transaction mode, where any statement may meet another server connection.

What a session is told stays with the connection that happened to serve it: settings, advisory locks, prepared
statements. So everything is in a transaction, which has one connection to its end. Settings are made for it alone, what
reads says so itself (`BEGIN READ ONLY`), and no statement is prepared under a name. That works with every version of
PgBouncer, whatever `max_prepared_statements` says, and costs a read three more messages.
"""

from typing import Any

import asyncpg
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine

from core.settings import Settings

SESSION = {"application_name": "broadsheet", "timezone": "UTC"}
"""What PgBouncer itself sees to on every server connection."""

UNNAMED = {"prepared_statement_cache_size": 0, "prepared_statement_name_func": str}
"""For SQLAlchemy's dialect: statements without a name, which are gone with the next one."""

SETTLE = "SELECT 1"
"""What `db.lending` sends to wait for the end of a statement that was cancelled."""


def _limits(settings: Settings) -> dict[str, str]:
    return {
        "statement_timeout": f"{settings.statement_timeout * 1000:.0f}",
        "lock_timeout": f"{settings.lock_timeout * 1000:.0f}",
        "idle_in_transaction_session_timeout": "10000",
    }


def reading_class(settings: Settings) -> type[asyncpg.Connection]:
    """A connection whose `fetch` is a transaction that cannot write."""
    begin = "; ".join(
        ("BEGIN READ ONLY", *(f"SET LOCAL {name} = {value}" for name, value in _limits(settings).items()))
    )

    class Reading(asyncpg.Connection):
        async def fetch(self, query: str, *args: Any, **options: Any) -> list[Any]:
            """Run one statement; a cancelled one leaves its transaction to `execute`."""
            await super().execute(begin)
            try:
                records: list[Any] = await super().fetch(query, *args, **options)
            except asyncpg.PostgresError:
                if not self.is_closed():
                    await super().execute("ROLLBACK")
                raise
            await super().execute("COMMIT")
            return records

        async def execute(self, query: str, *args: Any, **options: Any) -> str:
            """Run a statement; whoever waits for a cancelled one to end wants its transaction ended, too."""
            status: str = await super().execute("ROLLBACK" if query == SETTLE else query, *args, **options)
            return status

    return Reading


def limit_transactions(engine: AsyncEngine, settings: Settings) -> None:
    """Have each transaction of an engine begin with its limits."""
    calls = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in _limits(settings).items())

    def begun(connection: Connection) -> None:
        cursor = connection.connection.cursor()
        cursor.execute(f"SELECT {calls}")
        cursor.close()

    event.listen(engine.sync_engine, "begin", begun)
