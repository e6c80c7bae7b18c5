"""The servers that a command needs: those of the settings, those that `serve` runs already, or embedded ones."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pydantic import SecretStr

from cache.embedded import EmbeddedRedis
from core.errors import ServiceError
from core.settings import Settings
from db.embedded import EmbeddedPostgres

RUNNING = "running.json"


@contextmanager
def servers(settings: Settings, *, own: bool = False, redis: bool = False) -> Iterator[Settings]:
    """Settings whose URLs lead to servers that run, at least until the block ends.

    Args:
        settings: what the environment says; a URL in it is taken as it is.
        own: start embedded servers, never use those of another process; and let other processes use these.
        redis: whether Redis is needed, too.

    Raises:
        ServiceError: an embedded server is not installed, or does not start.

    """
    with ExitStack() as stack:
        running = None if own else _running(settings.data_dir)
        urls: dict[str, SecretStr] = {}
        if settings.database_url is None:
            postgres = EmbeddedPostgres(settings.data_dir)
            url = running["database_url"] if running else stack.enter_context(postgres).url()
            urls["database_url"] = SecretStr(url)
        if settings.redis_url is None and redis:
            url = running["redis_url"] if running else stack.enter_context(EmbeddedRedis(settings.data_dir)).url()
            urls["redis_url"] = SecretStr(url)
        if own:
            stack.enter_context(_announced(settings.data_dir, urls))
        yield settings.model_copy(update=urls)


def database_url(settings: Settings) -> str:
    """The URL that `servers` saw to."""
    if settings.database_url is None:
        raise ServiceError("there is no database: set DATABASE_URL")
    return settings.database_url.get_secret_value()


def direct_url(settings: Settings) -> str:
    """The same database, past any PgBouncer."""
    found = settings.direct_url
    return database_url(settings) if found is None else found.get_secret_value()


def _running(data_dir: Path) -> dict[str, str] | None:
    """The servers that another process runs on this folder."""
    try:
        announced = json.loads((data_dir / RUNNING).read_text())
        os.kill(announced["pid"], 0)
    except (OSError, ValueError, KeyError):
        return None
    return announced["urls"] if "database_url" in announced["urls"] else None


@contextmanager
def _announced(data_dir: Path, urls: dict[str, SecretStr]) -> Iterator[None]:
    """Tell other processes of this account where the servers are; their URLs hold no password."""
    if not urls:
        yield
        return
    path = data_dir / RUNNING
    known = {name: url.get_secret_value() for name, url in urls.items()}
    path.write_text(json.dumps({"pid": os.getpid(), "urls": known}))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
