"""How many statements a piece of work sends to PostgreSQL: for whoever asks, and at no cost for others."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Counted:
    """What was counted so far."""

    statements: int = 0


_COUNTED: ContextVar[Counted | None] = ContextVar("counted", default=None)


@contextmanager
def counting(wanted: bool) -> Iterator[Counted | None]:
    """Count the statements of the block and of the tasks that begin in it, if that is wanted."""
    if not wanted:
        yield None
        return
    counted = Counted()
    token = _COUNTED.set(counted)
    try:
        yield counted
    finally:
        _COUNTED.reset(token)


def note_statement() -> None:
    """A statement is sent."""
    counted = _COUNTED.get()
    if counted is not None:
        counted.statements += 1
