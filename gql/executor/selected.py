"""What is selected of one object type: from a column of objects to a column of results."""

from collections.abc import Callable, Mapping
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
        self._later = [field for field in fields.values() if isinstance(field, LaterField)]
        self._columns = [field.reader() if isinstance(field, NowField) else _places for field in fields.values()]
        fits = 0 < len(fields) <= _MOST_IN_ONE
        self._made = _maker(len(fields))(*fields, *self._columns) if fits else self._zipped

    def column(self, run: Run, sources: list[Any]) -> list[dict[str, Any]]:
        """A result for each source; what comes later has its place in it already, and is filled in."""
        if not self.fields or not sources:
            return [{} for _ in sources]
        results = self._made(run, sources)
        for field in self._later:
            field.start(run, sources, results)
        return results

    def _zipped(self, run: Run, sources: list[Any]) -> list[dict[str, Any]]:
        columns = [column(run, sources) for column in self._columns]
        return [dict(zip(self.fields, values, strict=True)) for values in zip(*columns, strict=True)]


def _places(_run: Run, sources: list[Any]) -> list[Any]:
    """What stands for the values of a field that come later."""
    return [None] * len(sources)


@lru_cache(maxsize=_MOST_IN_ONE)
def _maker(number: int) -> Callable[..., Callable[[Run, list[Any]], list[dict[str, Any]]]]:
    """What takes so many keys, and what reads a column for each; it answers a function from sources to their dicts.

    It is compiled from text that holds nothing but numbers: a dict display is three times as fast as anything else.
    """
    keys, columns, values = ([f"{letter}{n}" for n in range(number)] for letter in "kcv")
    pairs = ", ".join(f"{key}: {value}" for key, value in zip(keys, values, strict=True))
    read = ", ".join(f"{column}(run, sources)" for column in columns)
    made = f"lambda run, sources: [{{{pairs}}} for {', '.join(values)}, in zip({read})]"
    function: Any = eval(f"lambda {', '.join([*keys, *columns])}: {made}", {"zip": zip})  # noqa: S307
    maker: Callable[..., Callable[[Run, list[Any]], list[dict[str, Any]]]] = function
    return maker
