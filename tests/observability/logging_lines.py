"""What a process would log, line by line, in this one."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog

from core.logs import configure_logs
from core.settings import Settings


class Lines(io.StringIO):
    """Standard error, as far as logs go."""

    @property
    def events(self) -> list[dict[str, Any]]:
        """Each line as an object."""
        return [json.loads(line) for line in self.getvalue().splitlines()]

    def of(self, event: str) -> list[dict[str, Any]]:
        """Those of one kind."""
        return [one for one in self.events if one["event"] == event]


@contextmanager
def logged(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """Logs as these settings say, while the block runs."""
    lines = Lines()
    root = logging.getLogger()
    handlers, level, before = root.handlers, root.level, structlog.get_config()
    monkeypatch.setattr("sys.stderr", lines)
    configure_logs(settings)
    try:
        yield lines
    finally:
        monkeypatch.undo()
        root.handlers = handlers
        root.setLevel(level)
        structlog.configure(**before)
