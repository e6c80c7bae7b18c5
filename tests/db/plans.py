"""What PostgreSQL does for the statements of db/reads: recorded while the public functions run, then explained."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import asyncpg

from db.database import Record
from db.statements import Statement


@dataclass(frozen=True, slots=True)
class Recorded:
    """A statement and the arguments that it ran with."""

    sql: str
    arguments: tuple[Any, ...]


class RecordingSession:
    """Stands for a ReadSession over one connection, and keeps what it was asked."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self.recorded: list[Recorded] = []
        self.keepable = True

    def depends_on(self, tags: Iterable[str]) -> None:
        """Let them be made, as a ReadSession does."""
        list(tags)

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> list[Record]:
        arguments = statement.arguments(values)
        self.recorded.append(Recorded(statement.sql, tuple(arguments)))
        return cast("list[Record]", await self._connection.fetch(statement.sql, *arguments))


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a plan that was run."""

    kind: str
    details: Mapping[str, Any]

    @property
    def index(self) -> str | None:
        return self.details.get("Index Name")

    @property
    def table(self) -> str | None:
        return self.details.get("Relation Name")

    @property
    def read(self) -> float:
        """Rows that a scan touched, those that it threw away included."""
        if "Scan" not in self.kind or self.kind in {"Subquery Scan", "CTE Scan", "Function Scan"}:
            return 0
        removed = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
        rows: float = sum(self.details.get(name, 0) for name in ("Actual Rows", *removed))
        return rows * float(self.details["Actual Loops"])


@dataclass(frozen=True, slots=True)
class Plan:
    """What was done for one statement."""

    sql: str
    nodes: tuple[Node, ...]
    milliseconds: float

    @property
    def indexes(self) -> set[str]:
        return {node.index for node in self.nodes if node.index is not None}

    def rows_read(self, small: frozenset[str]) -> float:
        """Rows that all scans touched, but for tables so small that they may be read whole."""
        return sum(node.read for node in self.nodes if node.table not in small)

    def of_kind(self, *kinds: str) -> list[Node]:
        return [node for node in self.nodes if node.kind in kinds]

    def __str__(self) -> str:
        shown = (f"{n.kind} {n.index or n.table or n.details.get('Sort Key', '')} {n.read:.0f}" for n in self.nodes)
        return " | ".join(shown)


async def explain(connection: asyncpg.Connection, recorded: Recorded, mode: str = "force_custom_plan") -> Plan:
    """Run the statement again as a prepared one, planned for its values or, with `force_generic_plan`, for any."""
    await connection.execute(f"SET plan_cache_mode = {mode}")
    await connection.execute(f"PREPARE explained AS {recorded.sql}")
    try:
        arguments = ", ".join(_literal(argument) for argument in recorded.arguments)
        call = f"explained({arguments})" if arguments else "explained"
        found = await connection.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE {call}")
    finally:
        await connection.execute("DEALLOCATE explained")
    [top] = json.loads(found)
    return Plan(recorded.sql, tuple(_nodes(top["Plan"])), top["Execution Time"])


def _nodes(plan: Mapping[str, Any]) -> Iterator[Node]:
    # What never ran read nothing, and could not be told from a fault.
    if plan["Actual Loops"]:
        yield Node(plan["Node Type"], plan)
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _literal(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"ARRAY[{', '.join(_literal(item) for item in value)}]"
    if isinstance(value, str | datetime):
        return "'" + str(value).replace("'", "''") + "'"
    return "NULL" if value is None else repr(value)
