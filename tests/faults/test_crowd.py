"""Many ask at once for what was just invalidated: each process executes it once, and the others wait for that."""

import asyncio
from collections import Counter

import asyncpg
import pytest

from tests.faults.blog import AUTHOR
from tests.faults.budget import PROVE, luck
from tests.faults.wire import Connection, post
from tests.faults.world import World, until
from tests.fixtures.servers import connected

CLIENTS = 1_000 if PROVE else 200
ROUNDS = 20 if PROVE else 3
NAME = "crowd_asks"
QUERY = f'query {NAME} {{ user(username: "{AUTHOR}") {{ bio }} }}'
UPDATE = "UPDATE users SET bio = $1, bio_html = $1 WHERE username = $2"
STATEMENT = "FROM users"


@pytest.fixture
async def connections(world: World) -> list[Connection]:
    return [Connection(world.servers[number % len(world.servers)].port) for number in range(CLIENTS)]


async def _logging(connection: asyncpg.Connection, what: str) -> None:
    await connection.execute(f"ALTER SYSTEM SET log_statement = '{what}'")
    await connection.execute("SELECT pg_reload_conf()")


async def _executed(world: World, connection: asyncpg.Connection, mark: str) -> int:
    """How many statements of the query PostgreSQL logged since a mark."""
    await connection.execute(f"SELECT 'end of {mark}'")
    log = world.folder / "postgres.log"

    async def is_told() -> bool:
        return f"SELECT 'end of {mark}'" in log.read_text()

    await until("PostgreSQL logs", is_told)
    told = log.read_text().partition(f"SELECT 'begin of {mark}'")[2].partition(f"SELECT 'end of {mark}'")[0]
    return sum("bio" in entry and STATEMENT in entry for entry in told.split(" LOG:  ") if "execute" in entry[:20])


async def test_a_crowd_costs_one_execution_in_each_process(world: World, connections: list[Connection]) -> None:
    random, most, hits = luck("crowd"), 0, 0
    async with connected(world.database_url) as connection:
        await _logging(connection, "all")
        try:
            # So many at once are not taken by the servers' queues of new connections.
            for some in range(0, CLIENTS, 50):
                await asyncio.gather(*(one.open() for one in connections[some : some + 50]))
            for number in range(ROUNDS):
                bio = f"Bio {number} {random.random()}"
                await asyncio.gather(*(one.ask(post(QUERY)) for one in connections[:4]))
                await connection.execute(UPDATE, bio, AUTHOR)
                await connection.execute(f"SELECT 'begin of {bio}'")
                replies = await asyncio.gather(*(one.ask(post(QUERY)) for one in connections))
                assert {reply.status for reply in replies} == {200}
                assert all(bio.encode() in reply.body for reply in replies)
                stored = Counter(n % len(world.servers) for n, reply in enumerate(replies) if not reply.is_hit)
                assert all(times == 1 for times in stored.values()), stored
                executed = await _executed(world, connection, bio)
                assert executed == stored.total(), "what the servers say is what PostgreSQL heard"
                most, hits = max(most, executed), hits + len(replies) - executed
        finally:
            await _logging(connection, "none")
            await asyncio.gather(*(one.close() for one in connections))
    servers = len(world.servers)
    print(f"\n{CLIENTS} clients, {servers} processes, {ROUNDS} rounds: at most {most} executions a round, {hits} hits")  # noqa: T201
