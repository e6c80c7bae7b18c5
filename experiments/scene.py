"""Where experiments take place: servers of their own in a temporary folder, and made-up posts."""

import importlib.util
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from cache.embedded import EmbeddedRedis
from core.errors import ServiceError
from core.settings import Settings, load_settings
from db.database import Database
from db.embedded import EmbeddedPostgres
from db.migrate import upgrade
from db.seed.load import OnProgress, seed_database
from db.seed.plan import SeedPlan

_KEY = "bench:0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is done; figures of few rounds say little."""

    posts: int = 20_000
    rounds: int = 9
    requests: int = 256
    """Of one round."""
    at_once: tuple[int, ...] = (1, 4, 16, 32)
    """How many clients ask at the same time; PostgreSQL bears a hundred, and two ways hold theirs side by side."""
    seconds: float = 1.0
    """For how long a storm lasts, in each round."""


QUICK = Sizes(posts=300, rounds=2, requests=8, at_once=(1, 4), seconds=0.1)
"""To see that everything works."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Servers that run, over a database with posts."""

    url: str
    redis_url: str
    sizes: Sizes

    def settings(self, **others: object) -> Settings:
        """Settings over these servers, with no limit to how often one asks."""
        rates = {f"rate{who}{kind}": 10**9 for who in ("", "_anonymous") for kind in ("", "_burst")}
        given = {
            "database_url": self.url,
            "redis_url": self.redis_url,
            "token_keys": _KEY,
            "environment": "development",
        }
        # What is measured is not watched: some of it is slow on purpose.
        unwatched = {"slow_operation": 0, "slow_statement": 0, "server_timing": False}
        return load_settings(**{**given, **rates, **unwatched, **others})

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """The database as the server opens it."""
        database = Database(self.settings(), self.url)
        try:
            yield database
        finally:
            await database.close()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection beside the server's, which may do anything."""
        connection = await asyncpg.connect(self.url, server_settings={"timezone": "UTC"})
        try:
            yield connection
        finally:
            await connection.close()


@contextmanager
def opened(sizes: Sizes) -> Iterator[Scene]:
    """Start servers in a temporary folder; both are gone afterwards.

    Raises:
        ServiceError: the embedded servers are not installed, or do not start.

    """
    wheels = (EmbeddedPostgres.wheel, EmbeddedRedis.wheel)
    if missing := [wheel for wheel in wheels if importlib.util.find_spec(wheel.replace("-", "_")) is None]:
        raise ServiceError(
            f"bench works on servers of its own, never on yours, and {' and '.join(missing)} is not installed: "
            "`pip install 'broadsheet[embedded]'`"
        )
    with tempfile.TemporaryDirectory(prefix="broadsheet-bench-") as folder:
        path = Path(folder)
        path.chmod(0o755)  # root's PostgreSQL runs under another account
        with EmbeddedPostgres(path, durable=False) as postgres, EmbeddedRedis(path) as redis:
            yield Scene(postgres.url(), redis.url(), sizes)


async def fill(scene: Scene, on_progress: OnProgress = lambda _table, _rows: None) -> None:
    """Make the tables, and the posts with all that hangs from them."""
    await upgrade(scene.settings(), scene.url)
    await seed_database(scene.url, SeedPlan(scene.sizes.posts), on_progress)
