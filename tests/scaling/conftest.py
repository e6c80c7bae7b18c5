"""A replica of the tests' PostgreSQL, and databases that both have."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.settings import Settings
from db.embedded import EmbeddedPostgres
from tests.fixtures.servers import NewDatabase, connected, settings_for
from tests.model.shaped import shaped
from tests.model.write import write
from tests.scaling.clustered import cluster
from tests.scaling.standby import Standby, standby_of

__all__ = ["cluster"]

POSTS = 4
"""As in `tests.responses.test_history`."""


@pytest.fixture(scope="session")
async def standby(postgres: EmbeddedPostgres, server_folder: Path) -> AsyncIterator[Standby]:
    """It follows the server of all tests; whoever pauses it resumes it."""
    async with standby_of(postgres.url(), server_folder / "standby") as found:
        yield found


@pytest.fixture
async def blog_url(new_database: NewDatabase) -> str:
    """A database with a blog, whose commits reach a replica at once."""
    url = await new_database()
    await write(shaped(1, posts=POSTS), url)
    async with connected(url) as connection:
        await connection.execute(f"ALTER DATABASE {name_of(url)} SET synchronous_commit = on")
        for table in ("users", "posts", "revisions"):
            await connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000)")
    return url


@pytest.fixture
async def replicated(blog_url: str, redis_url: str, standby: Standby) -> Callable[..., Settings]:
    """Makes settings whose queries are read from the replica, which has the blog."""
    await standby.has_all(blog_url)

    def made(**others: object) -> Settings:
        given = {"replica_urls": standby.url(name_of(blog_url)), "replica_wait": 0.2, "replica_timeout": 10.0}
        return settings_for(str(others.pop("database_url", blog_url)), redis_url, **{**given, **others})

    return made


def name_of(url: str) -> str:
    """The name of the database."""
    return urlsplit(url).path.removeprefix("/")
