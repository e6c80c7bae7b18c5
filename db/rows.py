"""Rows as the read path carries them: the driver's records, read by the names of the columns that were asked for."""

from functools import lru_cache
from operator import itemgetter
from typing import Any, NoReturn, Self, get_type_hints

import asyncpg

from db.statements import STATEMENTS_KEPT

Columns = tuple[str, ...]


class Row(asyncpg.Record):
    """The root of the rows. A subclass annotates the columns it may have, and has `__slots__ = ()`.

    The driver makes them; nothing is copied out of its records, which costs as much as to decode them.
    """

    __slots__ = ()
    __match_args__ = ()  # the columns that it holds

    @classmethod
    def holding(cls, columns: Columns, *, behind: int = 0) -> type[Self]:
        """A subclass for records that hold these columns, in this order, behind so many values of another kind."""
        return _subclass(cls, columns, behind)  # type: ignore[arg-type] # a class hashes, whatever mypy thinks of Self


@lru_cache(maxsize=STATEMENTS_KEPT)
def _subclass(cls: type[Any], columns: Columns, behind: int) -> type[Any]:
    fields = {name: property(itemgetter(place)) for place, name in enumerate(columns, behind)}
    lacking = {name: _lacking(cls.__name__, name) for name in get_type_hints(cls).keys() - fields.keys()}
    return type(
        cls.__name__,
        (cls,),
        {"__slots__": (), "__module__": cls.__module__, "__match_args__": columns, **lacking, **fields},
    )


def _lacking(row: str, column: str) -> property:
    def refuse(_row: object) -> NoReturn:
        raise AttributeError(
            f"{row} was read without the column {column!r}: the field that reads it must name it in its `needs`"
        )

    return property(refuse)
