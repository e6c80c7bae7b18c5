"""A server process that dies at a step of its first write: `python -m tests.faults.dying "it has marked" serve`."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from cli.main import main
from db.database import Database
from server.responses.marks import Mark, Marks
from server.responses.store import Responses


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _before(owner: Any, name: str) -> None:
    assert callable(getattr(owner, name)), f"{owner} has no {name} any more"
    setattr(owner, name, _die)


def _after(owner: Any, name: str) -> None:
    real = getattr(owner, name)

    async def patched(*given: Any, **named: Any) -> None:
        await real(*given, **named)
        _die()

    setattr(owner, name, patched)


DYING: dict[str, Callable[[], None]] = {
    "it has written and not marked": lambda: _before(Marks, "announce"),
    "it has marked and not committed": lambda: _after(Marks, "announce"),
    "it has committed and not told": lambda: _before(Mark, "committed"),
    "it has committed and not answered": lambda: _after(Database, "_attempted"),
    "it has told and perhaps not answered": lambda: _after(Marks, "end"),
    "it has read and not stored": lambda: _before(Responses, "land"),
}

if __name__ == "__main__":
    DYING[sys.argv.pop(1)]()
    main()
