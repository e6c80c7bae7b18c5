"""After a restore nobody is served what was kept of the time that is lost, whoever remembers it."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from redis.asyncio import Redis

from core.settings import load_settings
from db.embedded import EmbeddedPostgres
from db.migrate import upgrade
from server.responses.marks import WAIT
from tests.fixtures.accounts import person
from tests.fixtures.api import Api, serving
from tests.fixtures.servers import NewDatabase, connected, execute, numbered, settings_for
from tests.model.shaped import shaped
from tests.model.write import write
from tests.operations.restoring import ask, copied, give, program, retitle, run, swap
from tests.responses.planes import opened
from tests.subscriptions.listening import PUBLISHED, add_post, served
from tests.subscriptions.listening import opened as listening

PLANES = ("postgresql", "redis")


@pytest.fixture
async def own_redis_url(redis_url: str) -> AsyncIterator[str]:
    """A database of Redis with nothing in it."""
    url = numbered(redis_url, 9)
    async with Redis.from_url(url) as redis:
        await redis.flushdb()
        yield url


class Readers:
    """Two processes, by PostgreSQL's word and by that of Redis, and others that come later."""

    def __init__(self, url: str, redis_url: str, stack: AsyncExitStack) -> None:
        self._url, self._redis_url, self._stack = url, redis_url, stack
        self.apis: list[Api] = []

    async def come(self) -> None:
        """Start one by each word."""
        for plane in PLANES:
            settings = settings_for(self._url, self._redis_url, cache=True, cache_plane=plane)
            self.apis.append(await self._stack.enter_async_context(serving(settings)))
        await opened(*self.apis)

    async def keep(self, title: str) -> None:
        """See that all of them keep what they were told."""
        async with asyncio.timeout(60):
            for api in self.apis:
                # By Redis's word what somebody writes with psql is noticed a moment later.
                while await ask(api) != (title, "hit"):
                    pass

    async def read(self, title: str) -> None:
        """See that each is told this at once, of those that run and of those that come."""
        await asyncio.sleep(WAIT)  # for as long Redis may be believed after a look at PostgreSQL
        assert [(await ask(api))[0] for api in self.apis] == [title] * len(self.apis)
        await self.come()
        assert [(await ask(api))[0] for api in self.apis] == [title] * len(self.apis)


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def test_another_database_in_its_place(
    new_database: NewDatabase, own_redis_url: str, postgres: EmbeddedPostgres, stack: AsyncExitStack
) -> None:
    url = await new_database()
    name = url.partition("@/")[2].partition("?")[0]
    await write(shaped(2), url)
    await retitle(url, "before")
    await copied(postgres, name, f"{name}_backup")
    readers = Readers(url, own_redis_url, stack)
    await readers.come()
    await readers.keep("before")
    await retitle(url, "lost")
    await readers.keep("lost")
    await swap(postgres, name, f"{name}_backup")
    await readers.read("before")


async def test_a_dump_over_what_is_there(
    new_database: NewDatabase, own_redis_url: str, stack: AsyncExitStack, tmp_path: Path
) -> None:
    url = await new_database()
    await write(shaped(2), url)
    await retitle(url, "before")
    dumped = [program("pg_dump"), "--format=custom", f"--file={tmp_path / 'blog.dump'}", url]
    run(*dumped)
    readers = Readers(url, own_redis_url, stack)
    await readers.come()
    await retitle(url, "lost")
    await readers.keep("lost")
    restored = [program("pg_restore"), "--clean", "--if-exists", "--single-transaction", f"--dbname={url}"]
    run(*restored, str(tmp_path / "blog.dump"))
    await readers.read("before")


@pytest.fixture
def own_postgres() -> Iterator[EmbeddedPostgres]:
    folder = Path(tempfile.mkdtemp(prefix="broadsheet-tests-"))
    folder.chmod(0o755)
    try:
        with EmbeddedPostgres(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def test_a_point_in_time_of_base_backup_and_wal(
    own_postgres: EmbeddedPostgres, own_redis_url: str, stack: AsyncExitStack
) -> None:
    url, folder = own_postgres.url(), own_postgres._folder
    archive, base = folder / "archive", folder / "base"
    archive.mkdir()
    give(archive)
    await upgrade(load_settings(), url)
    await execute(
        url,
        "ALTER SYSTEM SET archive_mode = on",
        f"ALTER SYSTEM SET archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f'",
        f"ALTER SYSTEM SET restore_command = 'cp {archive}/%f %p'",
    )
    own_postgres.stop()
    own_postgres.start()
    await write(shaped(2), url)
    backed_up = [program("pg_basebackup"), f"--pgdata={base}", "--checkpoint=fast", f"--dbname={url}"]
    run(*backed_up)
    await retitle(url, "before")
    await execute(url, "SELECT pg_create_restore_point('good')")
    readers = Readers(url, own_redis_url, stack)
    await readers.come()
    await readers.keep("before")
    async with connected(url) as connection:
        for number in range(30):
            await connection.execute("UPDATE posts SET title = $1 WHERE id = 1", f"lost {number}")
        lost = await connection.fetchval("SELECT pg_current_xact_id()::text::bigint")
        # What is archived is all that there is of the time after the base backup.
        await connection.execute("SELECT pg_switch_wal()")
    await readers.keep("lost 29")
    own_postgres.stop()
    shutil.rmtree(folder / "postgres")
    base.rename(folder / "postgres")
    (folder / "postgres" / "recovery.signal").touch()
    with (folder / "postgres" / "postgresql.auto.conf").open("a") as file:
        file.write("recovery_target_name = 'good'\nrecovery_target_action = 'promote'\n")
    give(folder / "postgres")
    own_postgres.start()
    async with connected(url) as connection:
        while await connection.fetchval("SELECT pg_is_in_recovery()"):
            pass
        assert await connection.fetchval("SELECT pg_current_xact_id()::text::bigint") < lost
    await readers.read("before")
    # The numbers that the lost transactions had are given again; what was kept then means nothing by them.
    async with connected(url) as connection:
        while await connection.fetchval("SELECT pg_current_xact_id()::text::bigint") < lost + 10:
            pass
    await readers.read("before")


async def test_who_listens_hears_of_a_gap_and_goes_on(
    new_database: NewDatabase, own_redis_url: str, postgres: EmbeddedPostgres
) -> None:
    url = await new_database()
    name = url.partition("@/")[2].partition("?")[0]
    ann = await person(url, "ann", "AUTHOR")
    await copied(postgres, name, f"{name}_backup")
    async with served(settings_for(url, own_redis_url)) as address, listening(address) as client:
        await client.subscribe(PUBLISHED)
        async with connected(url) as writer:
            for number in range(3):
                await add_post(writer, f"lost-{number}", ann.id)
        assert [(await client.next())["post"]["title"] for _ in range(3)] == ["lost-0", "lost-1", "lost-2"]
        await swap(postgres, name, f"{name}_backup")
        assert (await client.next())["kind"] == "GAP"
        async with connected(url) as writer:
            await add_post(writer, "found", ann.id)
        assert (await client.next())["post"]["title"] == "found"


async def test_a_restart_of_postgresql_is_no_gap(own_postgres: EmbeddedPostgres, own_redis_url: str) -> None:
    url = own_postgres.url()
    await upgrade(load_settings(), url)
    ann = await person(url, "ann", "AUTHOR")
    async with served(settings_for(url, own_redis_url)) as address, listening(address) as client:
        await client.subscribe(PUBLISHED)
        async with connected(url) as writer:
            await add_post(writer, "one", ann.id)
        assert (await client.next())["post"]["title"] == "one"
        own_postgres.stop()
        own_postgres.start()
        async with connected(url) as writer:
            await add_post(writer, "two", ann.id)
        told = await client.next()
        assert (told["kind"], told["post"]["title"]) == ("PUBLISHED", "two")
