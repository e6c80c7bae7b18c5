"""`broadsheet serve` as a process of its own, for whoever measures it from outside."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

COMMAND = Path(sys.executable).parent / "broadsheet"
NO_LIMIT = "1000000000"


@contextmanager
def served(
    url: str, settings: Mapping[str, str], *, options: Sequence[str] = (), core: int | None = None
) -> Iterator[tuple[int, psutil.Process]]:
    """The port that it serves at, and its process, bound to a core if one is named.

    Args:
        url: PostgreSQL, migrated and filled.
        settings: further variables of its environment.
        options: of `serve`.
        core: the number of the only one that it may use.

    """
    environment = {
        **os.environ,
        "PORT": "0",
        "DATABASE_URL": url,
        "BROADSHEET_DATA_DIR": tempfile.mkdtemp(prefix="broadsheet-"),
        "BROADSHEET_RATE_ANONYMOUS": NO_LIMIT,
        "BROADSHEET_RATE_ANONYMOUS_BURST": NO_LIMIT,
        **settings,
    }
    bound = [] if core is None else ["taskset", "-c", str(core)]
    words = [*bound, str(COMMAND), "serve", *options]
    process = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        found = next(match for line in process.stdout if (match := re.search(r"http://\S+:(\d+)/graphql", line)))
        yield int(found[1]), psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def filled(url: str, posts: int) -> None:
    """Migrate a database, and fill it with made-up posts."""
    environment = {**os.environ, "DATABASE_URL": url}
    for words in (["migrate"], ["seed", "--posts", str(posts)]):
        subprocess.run([COMMAND, *words], env=environment, check=True, capture_output=True)
