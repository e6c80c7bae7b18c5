"""What may happen to server processes, what their clients may do, and what is done to them."""

import asyncio
import os
import signal
from random import Random

from db.migrate import ADVISORY_LOCK
from tests.faults.counted import Fault
from tests.faults.dying import DYING
from tests.faults.figures import HUNG_UP
from tests.faults.load import Load
from tests.faults.watch import catches, workers_of
from tests.faults.wire import Connection, post
from tests.faults.world import World, until
from tests.fixtures.servers import connected

LEAVERS = 200
SLOW = "{{ tags(first: {0}) {{ nodes {{ name description posts(first: {0}) {{ nodes {{ title }} }} }} }} }}"
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'tags'::regclass"


async def _killed(world: World, load: Load, random: Random, _seconds: float) -> None:
    for number in random.sample(range(len(world.servers)), 2):
        await load.sleep(random.random() / 2)
        with load.figures.excused(HUNG_UP, server=number, after=0.5):
            await world.servers[number].stop(signal.SIGKILL)
            await world.servers[number].start()


async def _worker_killed(world: World, load: Load, random: Random, _seconds: float) -> None:
    """Another one takes its place."""
    [server] = world.servers
    before = workers_of(server.pid)
    with load.figures.excused(HUNG_UP, after=0.5):
        os.kill(random.choice(before), signal.SIGKILL)

    async def renewed() -> bool:
        now = workers_of(server.pid)
        return len(now) == len(before) and now != before and all(map(catches, now))

    await until("there are as many as before", renewed)
    await load.sleep(6.0)


async def _dies_after_commit(world: World, load: Load, _random: Random, _seconds: float) -> None:
    """Processes die between the commit of a write and its answer, and it is sent again by its key to another."""
    eve = world.blog.editor
    given = {"post": world.blog.ids["p0"], "body": "Once and no more."}
    text = (
        'mutation ($input: AddCommentInput!) { addComment(input: $input) @idempotent(key: "once") '
        "{ userErrors { code } comment { id } } }"
    )
    load.history.attempt_more("comments p0")
    for when in (title for title in DYING if title.startswith(("it has committed", "it has told"))):
        async with world.others("dying", when, "postgresql", 1) as [dying]:
            client = Connection(dying.port)
            try:
                await client.ask(post(text, {"input": given}, eve.headers))
            except OSError:
                load.figures.notes.append(when)
            finally:
                await client.close()
    async with connected(world.database_url) as connection:
        number = await connection.fetchval("SELECT count(*) FROM comments WHERE body = $1", given["body"])
    assert number == 1, f"written {number} times"


async def _left(world: World, load: Load, random: Random, _seconds: float) -> None:
    """Many ask for what waits for a lock, and hang up."""

    async def leaver(number: int) -> None:
        connection = Connection(random.choice(world.servers).port, 0.3 + random.random() / 2)
        try:
            await connection.ask(post(SLOW.format(number % 40 + 1)))
        except OSError:
            pass  # it is what they do
        finally:
            await connection.close()

    async with (
        connected(world.database_url) as other,
        connected(world.database_url) as connection,
        connection.transaction(),
    ):
        await connection.execute("LOCK TABLE tags IN ACCESS EXCLUSIVE MODE")
        await asyncio.gather(*(leaver(number) for number in range(LEAVERS)))
        # Some of what they sent is looked at when they have left.
        await load.sleep(0.5)

        async def is_cancelled() -> bool:
            # Those of the load itself wait, too.
            return bool(await other.fetchval(WAITING) <= load.readers)

        # Less than the two seconds in which PostgreSQL would end them by itself.
        await until("what was asked for by those who left is cancelled", is_cancelled, 1.5)


async def _migrated(world: World, load: Load, random: Random, seconds: float) -> None:
    """What a migration does: columns and indexes come, in one transaction, under the lock of migrations."""
    tables = ("posts", "comments", "users", "tags")
    rounds = max(1, round(seconds))
    async with connected(world.database_url) as connection:
        for number in range(rounds):
            for table in tables:
                async with connection.transaction():
                    await connection.execute("SET LOCAL lock_timeout = '5s'")
                    await connection.execute(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
                    await connection.execute(f"ALTER TABLE {table} ADD COLUMN extra_{number} text NOT NULL DEFAULT ''")
                    await connection.execute(f"CREATE INDEX extra_{table}_{number} ON {table} (extra_{number})")
                await load.sleep(random.random() / 4)
            for table in tables:
                await connection.execute(f"ALTER TABLE {table} DROP COLUMN extra_{number}")
                await load.sleep(random.random() / 4)


async def _renewed(world: World, load: Load, _random: Random, _seconds: float) -> None:
    """All workers are renewed one by one, as for a new version."""
    [server] = world.servers
    before = set(workers_of(server.pid))
    server.send(signal.SIGHUP)

    async def all_new() -> bool:
        now = set(workers_of(server.pid))
        return len(now) == len(before) and not now & before

    await until("all workers are new", all_new)
    await load.sleep(3.0)


FAULTS = {
    "a server process is killed": Fault(
        _killed,
        0.0,
        "the connection is lost; a write that was under way has an unknown end: send it again under its key",
        "nothing, where something restarts it",
        kills=True,
    ),
    "a worker of `--workers 2` is killed": Fault(
        _worker_killed,
        0.0,
        "the same; the other worker serves meanwhile",
        "nothing: another one takes its place",
        workers=2,
        kills=True,
    ),
    "processes die between COMMIT and answer": Fault(
        _dies_after_commit,
        0.0,
        "the connection is lost; sent again under its key, the write is answered with its first outcome",
        "nothing",
    ),
    f"{LEAVERS} clients leave in mid-query": Fault(
        _left,
        0.0,
        "who waits for the same rows: `SERVICE_UNAVAILABLE` after 2 s",
        "nothing: what they asked for is cancelled",
        short=0.0,
    ),
    "a migration runs": Fault(
        _migrated, 5.0, "some slower answers", "give it a `lock_timeout`, as `broadsheet migrate` has", short=1.0
    ),
    "all workers are renewed (SIGHUP)": Fault(
        _renewed, 0.0, "connections are closed in peace", "nothing", workers=2, fails=False
    ),
}
