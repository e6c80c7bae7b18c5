"""What is selected of one object type: from a column of objects to a column of results."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from gql.executor.failures import Shape
from gql.executor.fields import Field, LaterField, NowField
from gql.executor.run import Run

_MOST_IN_ONE = 64
"""Results of more fields are made one by one; nobody asks for so many."""


class Selected:
    """The fields that are selected of one type, in the order of their keys."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self.fields = fields
        self.shapes: Mapping[str, Shape] = {key: field.shape for key, field in fields.items()}
        self.shareable = all(field.shareable for field in fields.values())
        self._columns = [field if isinstance(field, NowField) else None for field in fields.values()]
        self._later = [field for field in fields.values() if isinstance(field, LaterField)]
        self._make = _maker(len(fields))(*fields) if 0 < len(fields) <= _MOST_IN_ONE else self._zipped

    def column(self, run: Run, sources: list[Any]) -> list[dict[str, Any]]:
        """A result for each source; what comes later has its place in it already, and is filled in."""
        if not self.fields or not sources:
            return [{} for _ in sources]
        nothing: Sequence[Any] = [None] * len(sources)
        results = self._make(*[nothing if field is None else field.column(run, sources) for field in self._columns])
        for field in self._later:
            field.start(run, sources, results)
        return results

    def _zipped(self, *columns: Sequence[Any]) -> list[dict[str, Any]]:
        return [dict(zip(self.fields, values, strict=True)) for values in zip(*columns, strict=True)]


@lru_cache(maxsize=_MOST_IN_ONE)
def _maker(number: int) -> Callable[..., Callable[..., list[dict[str, Any]]]]:
    """What takes so many keys, and answers a function from so many columns to the dicts of these keys.

    It is compiled from text that holds nothing but numbers: a dict display is three times as fast as anything else.
    """
    keys, columns, values = ([f"{letter}{n}" for n in range(number)] for letter in "kcv")
    pairs = ", ".join(f"{key}: {value}" for key, value in zip(keys, values, strict=True))
    made = f"[{{{pairs}}} for {', '.join(values)}, in zip({', '.join(columns)})]"
    function: Any = eval(f"lambda {', '.join(keys)}: lambda {', '.join(columns)}: {made}", {"zip": zip})  # noqa: S307
    maker: Callable[..., Callable[..., list[dict[str, Any]]]] = function
    return maker
