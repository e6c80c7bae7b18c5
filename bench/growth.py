"""How cost grows: with the rows of an answer, and with the rows of the database.

    .venv/bin/python -m bench.growth [posts or URL …]

One process over an embedded PostgreSQL, without the cache; a client speaks to the application directly, one at a time.
CPU time of the process and of PostgreSQL, for pages of 10 to 1,000 rows, and for one page in databases of different
sizes: made anew, or found under a URL.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
import httpx
import psutil
from rich.console import Console
from rich.table import Table

from core.settings import load_settings
from db.embedded import EmbeddedPostgres
from gql.relay.cursors import encode_cursor
from server.app import create_app

COMMAND = Path(sys.executable).parent / "broadsheet"
KEY = "bench:0123456789abcdefghijklmnopqrstuvwxyz"
SIZES = ("10000", "100000")
TIMES = 60
FEED = "{ posts(first: 50) { nodes { id title slug publishedAt author { name username } tags { name } } } }"
DEEP_PAGE = "query ($after: String) { posts(first: 50, after: $after) { nodes { id title author { name } } } }"
ROWS = {
    10: "{ posts(first: 10) { nodes { id title slug } } }",
    100: "{ posts(first: 100) { nodes { id title slug } } }",
    300: "{ posts(first: 100) { nodes { id title author { name } tags { name } } } }",
    1_000: "{ posts(first: 40) { nodes { id author { id posts(first: 25) { nodes { id title slug } } } } } }",
}
"""About so many rows each."""


class Bench:
    """One application over one database."""

    def __init__(self, http: httpx.AsyncClient, postmaster: psutil.Process) -> None:
        self._http = http
        self._postmaster = postmaster

    async def cost(self, query: str, **variables: object) -> tuple[float, float, int]:
        """Milliseconds of CPU of the process and of PostgreSQL for one request, and the rows of its answer."""
        rows = 0
        for _ in range(5):
            rows = (await self._ask(query, variables)).count('"id":')
        own, database = time.process_time(), self._database()
        for _ in range(TIMES):
            await self._ask(query, variables)
        return (time.process_time() - own) / TIMES * 1e3, (self._database() - database) / TIMES * 1e3, rows

    async def _ask(self, query: str, variables: dict[str, object]) -> str:
        response = await self._http.post("/graphql", json={"query": query, "variables": variables})
        assert "errors" not in response.json(), response.text
        return response.text

    def _database(self) -> float:
        return float(sum(sum(one.cpu_times()[:2]) for one in self._postmaster.children()))


async def _measured(url: str, table: Table) -> None:
    rates = {f"rate{who}{kind}": 10**9 for who in ("", "_anonymous") for kind in ("", "_burst")}
    limits = {"max_cost_anonymous": 1_000_000, **rates}
    given = {"database_url": url, "redis_url": "redis://127.0.0.1:1/0", "token_keys": KEY, "cache": False, **limits}
    app = create_app(load_settings(**given))
    connection = await asyncpg.connect(url)
    postmaster = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()")).parent()
    assert postmaster is not None
    cursor = await _deep_cursor(connection)
    posts = await connection.fetchval("SELECT count(*) FROM posts")
    await connection.close()
    async with app.fastapi.router.lifespan_context(app.fastapi):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bench") as http:
            bench = Bench(http, postmaster)
            pages: dict[str, tuple[str, dict[str, object]]] = {
                "the front page": (FEED, {}),
                "a page in the middle": (DEEP_PAGE, {"after": cursor}),
            }
            for title, (query, variables) in pages.items():
                own, database, _ = await bench.cost(query, **variables)
                table.add_row(f"{posts:,}", title, f"{own:.2f}", f"{database:.2f}", "")
            for wanted, query in ROWS.items():
                own, database, rows = await bench.cost(query)
                table.add_row(f"{posts:,}", f"about {wanted:,} rows", f"{own:.2f}", f"{database:.2f}", str(rows))


async def _deep_cursor(connection: asyncpg.Connection) -> str:
    """The cursor of a post in the middle of the list."""
    middle = "SELECT count(*) / 2 FROM posts WHERE status = 'PUBLISHED'"
    place = "SELECT published_key, id FROM posts WHERE status = 'PUBLISHED' ORDER BY published_key DESC, id DESC"
    record = await connection.fetchrow(f"{place} LIMIT 1 OFFSET ({middle})")
    assert record is not None
    return encode_cursor("PUBLISHED_AT", tuple(record))


def main() -> None:
    """Measure, and print a table."""
    table = Table("posts in the database", "asked for", "ms of CPU", "of PostgreSQL", "nodes", title="Growth")
    for word in sys.argv[1:] or SIZES:
        if word.startswith("postgresql:"):
            asyncio.run(_measured(word, table))
            continue
        with tempfile.TemporaryDirectory(prefix="broadsheet-") as folder, EmbeddedPostgres(Path(folder)) as postgres:
            environment = {**os.environ, "DATABASE_URL": postgres.url()}
            subprocess.run([COMMAND, "migrate"], env=environment, check=True, capture_output=True)
            began = time.perf_counter()
            subprocess.run([COMMAND, "seed", "--posts", word], env=environment, check=True, capture_output=True)
            Console(stderr=True).print(f"{int(word):,} posts made in {time.perf_counter() - began:.0f} s")
            asyncio.run(_measured(postgres.url(), table))
    Console().print(table)


if __name__ == "__main__":
    main()
