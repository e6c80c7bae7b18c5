"""Many clients that ask at once for what was just invalidated."""

import asyncio
from collections import Counter
from random import Random

import asyncpg

from tests.faults.blog import AUTHOR
from tests.faults.wire import Connection, Reply, post
from tests.faults.world import World, until
from tests.fixtures.budget import PROVE
from tests.fixtures.servers import connected

CLIENTS = 1_000 if PROVE else 200
OPENED_AT_ONCE = 50
"""So many new connections fit into a server's queue."""
QUERY = f'query {{ user(username: "{AUTHOR}") {{ bio }} }}'
UPDATE = "UPDATE users SET bio = $1, bio_html = $1 WHERE username = $2"


async def crowds(world: World, random: Random, rounds: int) -> list[Counter[int]]:
    """How often each process executed the query, in each round; what it says itself, and PostgreSQL, too."""
    found = []
    connections = [Connection(world.servers[number % len(world.servers)].port) for number in range(CLIENTS)]
    async with connected(world.database_url) as connection:
        await _log(connection, "all")
        try:
            for some in range(0, CLIENTS, OPENED_AT_ONCE):
                await asyncio.gather(*(one.open() for one in connections[some : some + OPENED_AT_ONCE]))
            for number in range(rounds):
                bio = f"Bio {number} {random.random()}"
                await asyncio.gather(*(one.ask(post(QUERY)) for one in connections[: len(world.servers)]))
                await connection.execute(UPDATE, bio, AUTHOR)
                if world.plane == "redis":
                    # It hears of what is written by plain SQL within half a second, and then believes Redis again.
                    await asyncio.sleep(1.5)
                await connection.execute(f"SELECT 'begin of {bio}'")
                replies = await asyncio.gather(*(one.ask(post(QUERY)) for one in connections))
                found.append(_executions(replies, bio, len(world.servers)))
                heard = await _heard(world, connection, bio)
                assert heard == found[-1].total(), "what the servers say is what PostgreSQL heard"
        finally:
            await _log(connection, "none")
            await asyncio.gather(*(one.close() for one in connections))
    return found


def _executions(replies: list[Reply], bio: str, servers: int) -> Counter[int]:
    assert {reply.status for reply in replies} == {200}
    assert all(bio.encode() in reply.body for reply in replies), "all see what was written before they asked"
    return Counter(number % servers for number, reply in enumerate(replies) if not reply.is_hit)


async def _log(connection: asyncpg.Connection, what: str) -> None:
    await connection.execute(f"ALTER SYSTEM SET log_statement = '{what}'")
    await connection.execute("SELECT pg_reload_conf()")


async def _heard(world: World, connection: asyncpg.Connection, bio: str) -> int:
    """How many statements of the query stand in PostgreSQL's log since its mark."""
    log, begin, end = world.folder / "postgres.log", f"SELECT 'begin of {bio}'", f"SELECT 'end of {bio}'"
    await connection.execute(end)

    async def is_logged() -> bool:
        return end in log.read_text()

    await until("PostgreSQL logs", is_logged)
    told = log.read_text().partition(begin)[2].partition(end)[0]
    return sum("execute" in entry[:20] and "users.bio" in entry for entry in told.split(" LOG:  "))
