"""Server processes over several servers of Redis, a blog, and what must hold whatever is done to these."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import perf_counter

from tests.faults.blog import Blog, make_blog
from tests.faults.load import Load, loaded
from tests.faults.scenario import RECOVERY
from tests.faults.world import Server, opened, variables
from tests.fixtures.budget import SLACK, luck
from tests.fixtures.servers import connected

Fault = Callable[[Load, Random], Awaitable[None]]


@dataclass(frozen=True)
class Several:
    """Processes with one database."""

    database_url: str
    servers: list[Server]
    blog: Blog
    plane: str

    async def bears(self, title: str, fault: Fault, *, seconds: float = 0.0, slowest: float = 1.5) -> Load:
        """Make a fault under load, once or for so many seconds: no read is old, none fails, and hits come back."""
        load = await loaded(self.blog, self.database_url, self.servers, luck(f"load of {title}"))
        random, ends, patience = luck(title), perf_counter() + seconds, RECOVERY * SLACK
        async with load.running():
            assert await load.hits_back(perf_counter(), patience) is not None, "there are hits before any fault"
            while load.figures.faults == 0 or perf_counter() < ends:
                if self.plane == "redis":
                    await opened(self.database_url)
                await fault(load, random)
                load.figures.faults += 1
                back = await load.hits_back(perf_counter(), patience)
                assert back is not None, f"no hits {patience:g} s after the fault"
                load.figures.back.append(back)
        print(f"\n{title}: {load.figures}, {load.history.violations} violations")  # noqa: T201
        assert load.history.violations == 0, load.history.told
        unexpected = load.figures.unexpected()
        assert unexpected == [], f"{len(unexpected)} reads failed: {unexpected[:5]}"
        assert load.figures.slowest(0.99) < slowest * SLACK
        assert load.figures.writes["acknowledged"] > 0
        return load


@asynccontextmanager
async def several(
    database_url: str,
    redis_urls: Sequence[str],
    folder: Path,
    *,
    plane: str = "redis",
    variant: tuple[str, str] | None = ("eager", "soon"),
    **others: str,
) -> AsyncIterator[Several]:
    """A process for each URL of Redis, over an empty database."""
    async with connected(database_url) as connection:
        blog = await make_blog(connection)
    servers = [
        Server(number, folder, variables(database_url, url, plane) | others, variant)
        for number, url in enumerate(redis_urls)
    ]
    try:
        await asyncio.gather(*(server.start() for server in servers))
        if plane == "redis":
            await opened(database_url)
        yield Several(database_url, servers, blog, plane)
    finally:
        for server in servers:
            server.clear_away()
