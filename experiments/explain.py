"""What PostgreSQL does for a read: recorded while the read runs, then explained."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import asyncpg

from db.database import ReadSession, Record
from db.statements import Statement

_REMOVED = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
_NO_TABLE = frozenset({"Subquery Scan", "CTE Scan", "Function Scan"})


@dataclass(frozen=True, slots=True)
class Recorded:
    """A statement, and the values that it ran with."""

    sql: str
    arguments: tuple[Any, ...]


class RecordingSession(ReadSession):
    """Reads over one connection, and keeps what it was asked."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self.recorded: list[Recorded] = []
        self._tags = []
        self.keepable = True

    def depends_on(self, tags: Iterable[str]) -> None:
        """Nobody asks."""

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> list[Record]:
        """Run it, and note it."""
        recorded = Recorded(statement.sql, tuple(statement.arguments(values)))
        self.recorded.append(recorded)
        return cast("list[Record]", await self._connection.fetch(recorded.sql, *recorded.arguments))


@dataclass(frozen=True, slots=True)
class Plan:
    """What was done for one statement."""

    milliseconds: float
    rows_read: int
    """Rows that its scans touched, those that they threw away included."""
    buffers: int
    """Pages of 8 KB that were looked at, in memory or not."""
    kilobytes: int
    """Of the answer."""
    indexes: frozenset[str]
    widest: str
    """The scan that touched the most rows."""


async def explain(connection: asyncpg.Connection, recorded: Recorded) -> Plan:
    """Run a statement once more, under EXPLAIN, planned for its values; large values are read, as for an answer."""
    options = "ANALYZE, BUFFERS, TIMING OFF, SERIALIZE BINARY, FORMAT JSON"
    async with connection.transaction():
        await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        await connection.execute(f"PREPARE explained AS {recorded.sql}")
        try:
            arguments = ", ".join(_literal(argument) for argument in recorded.arguments)
            found = await connection.fetchval(f"EXPLAIN ({options}) EXECUTE explained({arguments})")
        finally:
            await connection.execute("DEALLOCATE explained")
    [top] = json.loads(found)
    nodes = list(_nodes(top["Plan"]))
    served = top["Serialization"]
    return Plan(
        top["Execution Time"],
        round(sum(map(_rows_read, nodes))),
        sum(part.get(f"Shared {kind} Blocks", 0) for part in (top["Plan"], served) for kind in ("Hit", "Read")),
        served["Output Volume"],
        frozenset(node["Index Name"] for node in nodes if "Index Name" in node),
        _scan(max(nodes, key=_rows_read)),
    )


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if plan["Actual Loops"]:
        yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _rows_read(node: Mapping[str, Any]) -> float:
    # A bitmap of an index only says where the rows are that the scan above it reads.
    if "Scan" not in node["Node Type"] or node["Node Type"] in {*_NO_TABLE, "Bitmap Index Scan"}:
        return 0
    rows = sum(float(node.get(name, 0)) for name in ("Actual Rows", *_REMOVED))
    return rows * float(node["Actual Loops"])


def _scan(node: Mapping[str, Any]) -> str:
    return f"{node['Node Type']} {node.get('Index Name') or node.get('Relation Name')}"


def _literal(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"ARRAY[{', '.join(_literal(item) for item in value)}]"
    if isinstance(value, str | datetime):
        return "'" + str(value).replace("'", "''") + "'"
    return "NULL" if value is None else repr(value)
