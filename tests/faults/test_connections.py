"""What PostgreSQL does to connections is no fault of who reads."""

import signal
from time import perf_counter

from tests.faults.blog import ONE_POST, WRITTEN
from tests.faults.faults_of_others import TERMINATED
from tests.faults.load import loaded
from tests.faults.wire import Connection, post
from tests.faults.world import World
from tests.fixtures.budget import PROVE, luck
from tests.fixtures.servers import connected

NEW_TEXT = ONE_POST[WRITTEN[0]].text.replace("slug version", "slug id version")
"""A query that nobody asked before."""
AGAIN_FOR, PAUSE = (20.0, 0.3) if PROVE else (5.0, 1.0)


async def test_reads_are_answered_503_while_postgres_refuses_connections(world: World) -> None:
    client = Connection(world.servers[0].port)
    try:
        async with connected(world.database_url) as connection:
            # A smart shutdown: PostgreSQL waits for our connection, and refuses all new ones.
            world.postgres.send(signal.SIGTERM)
            await connection.execute(TERMINATED.format(2))
            reply = await client.ask(post(NEW_TEXT))
    finally:
        await client.close()
        await world.postgres.ended()
        await world.postgres.start()
    assert b"SERVICE_UNAVAILABLE" in reply.body, reply


async def test_reads_do_not_fail_when_postgres_ends_connections(world: World) -> None:
    title = "ended connections"
    load = await loaded(world.blog, world.database_url, world.servers, luck(title), readers=16)
    async with load.running(), connected(world.database_url) as connection:
        ends = perf_counter() + AGAIN_FOR
        while not load.figures.unexpected() and perf_counter() < ends:
            await connection.execute(TERMINATED.format(2))
            await load.sleep(PAUSE)
    assert load.figures.unexpected() == []
