"""A server process that writes, at SIGUSR1, what goes on in it into `tasks-<its pid>.json`: `… telling tasks serve`."""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path

from cli.main import main


def told(folder: Path, pid: int) -> Path:
    """Where a process writes it."""
    return folder / f"tasks-{pid}.json"


def _tell(*_: object) -> None:
    # The event loop runs while Python calls this.
    names = Counter(getattr(task.get_coro(), "__qualname__", "?") for task in asyncio.all_tasks())
    path = told(Path.cwd(), os.getpid())
    half = path.with_suffix(".half")
    half.write_text(json.dumps(names))
    half.rename(path)


# Workers are started by a Python that imports this under the second name.
if __name__ in ("__main__", "__mp_main__"):
    signal.signal(signal.SIGUSR1, _tell)

if __name__ == "__main__":
    sys.argv.pop(1)
    main()
