"""Tracebacks for the log, without what the database repeats of the values that it was given.

PostgreSQL tells whole rows in the detail of an error, and values in the message of those of class 22; SQLAlchemy and
the driver put both into theirs.
"""

import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any, TextIO

HIDDEN = "(left out: it may hold a value)"
_ABOUT_VALUES = "22"
"""The class of errors whose messages repeat values (PostgreSQL, Appendix A: data exceptions)."""


def formatted(error: BaseException) -> str:
    """The traceback of an error and of those that led to it; no local variables, and no values of the database's."""
    text = "".join(traceback.format_exception(error)).rstrip("\n")
    for told in sorted(set(_values(error)), key=len, reverse=True):
        text = text.replace(told, HIDDEN)
    return text


def with_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor: puts the traceback in place of the exception."""
    error = _error(event.pop("exc_info", None))
    if error is not None:
        event["exception"] = formatted(error)
    return event


def write(stream: TextIO, exc_info: Any) -> None:
    """For a console."""
    error = _error(exc_info)
    if error is not None:
        stream.write("\n" + formatted(error))


def _error(given: Any) -> BaseException | None:
    """What `exc_info` may hold: an exception, what `sys.exc_info` answers, or True for that."""
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def _values(error: BaseException) -> Iterator[str]:
    for one in _all(error):
        detail = getattr(one, "detail", None)
        if isinstance(detail, str) and detail:
            yield detail
        if str(getattr(one, "sqlstate", "")).startswith(_ABOUT_VALUES) and one.args and str(one.args[0]):
            yield str(one.args[0])


def _all(error: BaseException) -> Iterator[BaseException]:
    """An error, and all that led to it."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        waiting += [other for other in (one.__cause__, one.__context__, *inner) if other is not None]
