"""The driver's connection, for reads that are asked again and again."""

from typing import Any

import asyncpg
from asyncpg.exceptions import InvalidCachedStatementError, OutdatedSchemaCacheError


class ReadingConnection(asyncpg.Connection):
    """A connection whose `fetch` runs what was prepared before by one call of the driver's protocol.

    The driver's own makes four coroutines and a closure around that call, which cost a fifth of a small statement.
    """

    # What its stubs do not tell.
    _protocol: Any
    _query_loggers: Any
    _stmt_cache: Any

    async def fetch(self, query: str, *args: Any, record_class: type[Any] | None = None, **options: Any) -> list[Any]:
        """The records of a statement; raises as the driver's own does."""
        protocol = self._protocol
        # Whoever wants to know each statement is told by the way of the driver.
        told = options or self._query_loggers
        prepared = None if told else self._stmt_cache.get((query, record_class or protocol.get_record_class(), False))
        records: list[Any]
        if prepared is not None:
            try:
                records = await protocol.bind_execute(prepared, args, "", 0, False, None)
            except (InvalidCachedStatementError, OutdatedSchemaCacheError):
                pass  # a column has another type now: the driver prepares it anew
            else:
                return records
        records = await super().fetch(query, *args, record_class=record_class, **options)
        return records
