"""Statements that SQLAlchemy builds once, and that run as text on the driver's own connection.

A batch function keeps its statement in an `lru_cache`, keyed by whatever changes the text (columns, order, filters);
only values travel after that. Building costs about a millisecond, running the text next to nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    FromClause,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    TableValuedAlias,
    Text,
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql.compiler import SQLCompiler

R = TypeVar("R")

AnySelect = Select[*tuple[Any, ...]]
"""A select whose columns are known only when it is built."""

STATEMENTS_KEPT = 1_024
"""How many texts each batch function remembers, so that no client can fill the memory with new ones."""

_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text with `$1` … and, for each of these, the name of its value."""

    sql: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]
    ids_at: tuple[int, ...] = ()
    """Where lists of ids stand among the names."""
    rows: type[Any] | None = None
    """What class its records are of; None: the driver's own."""

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The values in the order of the text; a name that is missing is a KeyError."""
        constants = self.constants
        if constants:
            arguments = [values[name] if name in values else constants[name] for name in self.names]
        else:
            arguments = list(map(values.__getitem__, self.names))
        for place in self.ids_at:
            # An array as PostgreSQL writes it: the driver would look at each member of one of its own.
            arguments[place] = f"{{{str([*arguments[place]])[1:-1]}}}"
        return arguments


@dataclass(frozen=True, slots=True)
class RowStatement(Statement, Generic[R]):
    """A statement whose records are rows of a class."""


def compile_rows(statement: AnySelect, rows: type[R]) -> RowStatement[R]:
    """Turn a select into text whose records are such rows (`db.rows`)."""
    made = compile_statement(statement)
    return RowStatement(made.sql, made.names, made.constants, made.ids_at, rows)


def compile_statement(statement: AnySelect) -> Statement:
    """Turn a select into text; values written into it become constants."""
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    assert isinstance(compiled, SQLCompiler)
    names = tuple(compiled.positiontup or ())
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    ids_at = tuple(place for place, name in enumerate(names) if isinstance(compiled.binds[name].type, Ids))
    return Statement(str(compiled), names, constants, ids_at)


class Ids(Text):
    """A list of ids, as a text."""


def ids(name: str = "ids") -> BindParameter[Any]:
    """A list of ids, one value whatever its length; `array_of` makes an array of it."""
    return bindparam(name, type_=Ids())


def texts(name: str) -> BindParameter[Any]:
    """A list of strings, one value whatever its length."""
    return bindparam(name, type_=ARRAY(Text))


def hidden(value: ColumnElement[Any]) -> ScalarSelect[Any]:
    """A value that no plan is made for: else those for few keys, or for a small page, seem cheaper than one for all.

    PostgreSQL would then plan the statement anew each time, which takes longer than to run it.
    """
    return select(value).scalar_subquery()


def is_one_of(column: SQLColumnExpression[Any], values: ColumnElement[Any]) -> ColumnElement[bool]:
    """`column IN (values)` over an array, in the form whose text does not change with their number."""
    return column == func.any(array_of(values) if isinstance(values, BindParameter) else values)


def array_of(values: BindParameter[Any]) -> ColumnElement[Any]:
    """The array that a list is, hidden from the planner."""
    # What is no bare value is none that the planner knows; the cast makes it an array, and not a subquery of values.
    return cast(hidden(values), ARRAY(BigInteger) if isinstance(values.type, Ids) else values.type)


def unnested(name: str = "ids") -> TableValuedAlias:
    """The table of the keys of a batch, with the column `id`."""
    return func.unnest(array_of(ids(name))).table_valued(Column("id", BigInteger), name="wanted").render_derived()


def counted(wanted: TableValuedAlias, rows: AnySelect, source: FromClause | None = None) -> AnySelect:
    """How many `rows`, which refer to `wanted`, there are for each key; `source` is `wanted`, perhaps joined."""
    number = rows.with_only_columns(func.count(), maintain_column_froms=True).correlate(wanted).scalar_subquery()
    return select(wanted.c.id, number).select_from(wanted if source is None else source)
