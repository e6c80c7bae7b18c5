"""Rows as the read path carries them: slotted objects with just the columns that were asked for."""

from dataclasses import make_dataclass
from functools import lru_cache
from typing import Any, NoReturn, Self

from db.statements import STATEMENTS_KEPT

Columns = tuple[str, ...]


class Row:
    """The root of the rows. A subclass annotates the columns it may have, and has `__slots__ = ()`."""

    __slots__ = ()

    @classmethod
    def holding(cls, columns: Columns) -> type[Self]:
        """A subclass whose constructor takes exactly these columns, in this order."""
        return _subclass(cls, columns)  # type: ignore[arg-type] # a class hashes, whatever mypy thinks of Self

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(
            f"{type(self).__name__} was read without the column {name!r}: "
            "the field that reads it must name it in its `needs`"
        )


@lru_cache(maxsize=STATEMENTS_KEPT)
def _subclass(cls: type[Any], columns: Columns) -> type[Any]:
    return make_dataclass(cls.__name__, [(c, Any) for c in columns], bases=(cls,), slots=True, eq=False, repr=False)
