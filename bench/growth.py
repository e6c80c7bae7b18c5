"""How cost grows with the rows of the database.

    .venv/bin/python -m bench.growth [posts or URL …]

One process over embedded PostgreSQLs, without the cache; CPU time of the process and of PostgreSQL for one page, in
databases of different sizes: made anew, or found under a URL. All are there at the same time and asked by turns.
What the rows of an answer cost, `broadsheet bench --experiments rows` tells.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from statistics import mean, median

import asyncpg
import psutil
from rich.console import Console
from rich.table import Table

from experiments.client import body_of, post, serving
from experiments.scene import Scene, Sizes, fill, opened
from gql.relay.cursors import encode_cursor
from server.app import Application

SIZES = ("10000", "100000")
ROUNDS, REQUESTS, CLIENTS = 15, 80, 8
"""By turns; of one round; and how many ask at the same time, so that nobody pays for falling asleep."""
FEED = "{ posts(first: 50) { nodes { id title slug publishedAt author { name username } tags { name } } } }"
MIDDLE = '{ posts(first: 50, after: "%s") { nodes { id title slug author { name } tags { name } } } }'
ARTICLE = """
{ post(by: {slug: "%s"}) {
    title body author { name } tags { name } comments(first: 20) { nodes { body author { name } } }
} }
"""
AUTHOR = '{ user(username: "%s") { name posts(first: 50) { nodes { id title slug tags { name } } } } }'


@dataclass(slots=True)
class Grown:
    """A database, its application, and what was measured: milliseconds of CPU, of the process and of PostgreSQL."""

    posts: int
    app: Application
    postmaster: psutil.Process
    pages: dict[str, bytes]
    found: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    async def ask(self, title: str) -> None:
        """Ask for a page so many times, and note what it cost."""
        body = self.pages[title]
        own, database = time.process_time(), self._database()
        left = iter(range(REQUESTS))
        await asyncio.gather(*(self._client(body, left) for _ in range(CLIENTS)))
        cost = time.process_time() - own, self._database() - database
        self.found.setdefault(title, []).append((cost[0] / REQUESTS * 1e3, cost[1] / REQUESTS * 1e3))

    async def _client(self, body: bytes, left: Iterator[int]) -> None:
        for _ in left:
            await post(self.app, body)

    def _database(self) -> float:
        return float(sum(sum(one.cpu_times()[:2]) for one in self.postmaster.children()))


def _filled(word: str, stack: ExitStack) -> Scene:
    """A database with so many posts."""
    if word.startswith("postgresql:"):
        return Scene(word, "redis://127.0.0.1:1/0", Sizes())
    scene = stack.enter_context(opened(Sizes(posts=int(word))))
    with Console(stderr=True).status(f"{int(word):,} posts are made"):
        asyncio.run(fill(scene))
    return scene


async def _grown(scene: Scene, stack: AsyncExitStack) -> Grown:
    app = await stack.enter_async_context(serving(scene.settings(cache=False)))
    async with scene.connected() as connection:
        # What was written just now is not to be swept up while somebody measures.
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
        postmaster = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()")).parent()
        assert postmaster is not None
        posts = await connection.fetchval("SELECT count(*) FROM posts")
        return Grown(posts, app, postmaster, await _pages(connection))


async def _pages(connection: asyncpg.Connection) -> dict[str, bytes]:
    """The requests: what lies in the middle of all posts is as far from both ends as there is anything."""
    listed = "FROM posts WHERE status = 'PUBLISHED'"
    middle = await connection.fetchrow(
        f"SELECT published_key, id, slug {listed} ORDER BY published_key DESC, id DESC LIMIT 1 "
        f"OFFSET (SELECT count(*) / 2 {listed})"
    )
    assert middle is not None
    most = "SELECT username FROM users JOIN posts ON author_id = users.id GROUP BY 1 HAVING count(*) > 60"
    author = await connection.fetchval(f"{most} ORDER BY count(*), 1 LIMIT 1")
    cursor = encode_cursor("PUBLISHED_AT", (middle["published_key"], middle["id"]))
    queries = {
        "the newest 50 posts": FEED,
        "50 posts in the middle": MIDDLE % cursor,
        "a post with its thread": ARTICLE % middle["slug"],
        "an author with 50 posts": AUTHOR % author,
    }
    return {title: body_of(query) for title, query in queries.items()}


async def _measured(scenes: list[Scene]) -> list[Grown]:
    async with AsyncExitStack() as stack:
        grown = [await _grown(scene, stack) for scene in scenes]
        for one in grown:
            for title in one.pages:
                await one.ask(title)
            one.found.clear()
        for _ in range(ROUNDS):
            for title in grown[0].pages:
                for one in grown:
                    await one.ask(title)
        return grown


def main() -> None:
    """Measure, and print a table."""
    table = Table("asked for", "posts in the database", "ms of CPU", "of PostgreSQL", title="Growth")
    with ExitStack() as stack:
        scenes = [_filled(word, stack) for word in sys.argv[1:] or SIZES]
        grown = asyncio.run(_measured(scenes))
        for title in grown[0].pages:
            for one in grown:
                own, database = zip(*one.found[title], strict=True)
                # PostgreSQL's is told in hundredths of a second, of which one round has few.
                table.add_row(title, f"{one.posts:,}", f"{median(own):.2f}", f"{mean(database):.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
