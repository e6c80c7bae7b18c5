"""The version before serves while a migration runs, and after it, without an error."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from alembic.config import Config

from core.errors import ServiceError
from core.settings import load_settings
from db import migrate
from tests.fixtures.accounts import Person, person
from tests.fixtures.budget import PROVE
from tests.fixtures.live import started
from tests.fixtures.servers import TOKEN_KEY, NewDatabase, connected, execute
from tests.operations.migration_lint import findings
from tests.operations.revisions import write_revisions

POSTS = 30_000 if PROVE else 2_500
READ = "{ posts(first: 20) { totalCount nodes { title author { name } tags { name } } } }"
WRITE = "mutation ($input: UpdatePostInput!) { updatePost(input: $input) { post { title } userErrors { message } } }"


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """This process knows some revisions more, which a server that was started does not."""
    names = write_revisions(tmp_path, migrate.head())
    real = migrate.alembic_config

    def config(*arguments: Any) -> Config:
        made = real(*arguments)
        made.set_main_option("version_locations", f"{Path(migrate.__file__).parent}/migrations/versions:{tmp_path}")
        return made

    monkeypatch.setattr(migrate, "alembic_config", config)
    migrate.revisions.cache_clear()
    yield names
    migrate.revisions.cache_clear()


@pytest.fixture
async def url(new_database: NewDatabase) -> str:
    url = await new_database()
    await person(url, "ann", "AUTHOR")
    await execute(
        url,
        "INSERT INTO posts "
        "(slug, title, excerpt, body, body_html, body_text, word_count, author_id, status, published_at) "
        "SELECT 'p-' || n, 'Post ' || n, '', '', '', '', n, 1, 'PUBLISHED', now() - n * interval '1 minute' "
        f"FROM generate_series(1, {POSTS}) AS n",
    )
    return url


class Load:
    """Requests that go on until told, and what did not go well."""

    def __init__(self, address: str, eve: Person) -> None:
        self._address, self._eve = address, eve
        self.done = 0
        self.wrong: list[Any] = []

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(work) for work in (*(self._read(n) for n in range(4)), self._write(), self._ready())
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                assert isinstance(ended, asyncio.CancelledError)

    async def _read(self, number: int) -> None:
        # Half of them ask for what is not kept.
        await self._ask(lambda count: {"query": f"# {count * (number % 2)}\n{READ}"})

    async def _write(self) -> None:
        await self._ask(
            lambda count: {"query": WRITE, "variables": {"input": {"id": "UG9zdDox", "title": f"Title {count}"}}}
        )

    async def _ready(self) -> None:
        async with httpx.AsyncClient(base_url=self._address, timeout=60) as http:
            while True:
                answer = await http.get("/readyz")
                if answer.status_code != 200:
                    self.wrong.append(answer.text)
                await asyncio.sleep(0.05)

    async def _ask(self, question: Callable[[int], dict[str, Any]]) -> None:
        async with httpx.AsyncClient(base_url=self._address, timeout=60, headers=self._eve.headers) as http:
            for count in itertools.count():
                answer = await http.post("/graphql", json=question(count))
                found = answer.json()
                failed = "errors" in found or found["data"].get("updatePost", {}).get("userErrors")
                if answer.status_code != 200 or failed:
                    self.wrong.append(found)
                self.done += 1


async def test_the_version_before_serves_while_and_after_it_is_migrated(
    url: str, redis_url: str, next_version: list[str]
) -> None:
    eve = await person(url, "eve", "EDITOR")
    # With the settings of production: who waits too long for a lock would be told so.
    limits = dict.fromkeys(("BROADSHEET_RATE", "BROADSHEET_RATE_BURST"), "1000000000")
    bounds = {"BROADSHEET_LOCK_TIMEOUT": "2", "BROADSHEET_STATEMENT_TIMEOUT": "5", "BROADSHEET_SAMPLE": "false"}
    environment = {"DATABASE_URL": url, "REDIS_URL": redis_url, "BROADSHEET_TOKEN_KEYS": TOKEN_KEY} | limits | bounds
    with started(**environment) as server:
        load = Load(server.url, eve)
        async with load.going_on(), connected(url) as reader:
            await asyncio.sleep(0.5)
            # A long transaction, whose lock the first revision does not get in time.
            await reader.execute("BEGIN")
            await reader.execute("SELECT count(*) FROM posts")
            ending = asyncio.create_task(_end_later(reader))
            before, after = await migrate.upgrade(load_settings(migration_lock_timeout=0.4), url)
            await ending
            served = load.done
            await asyncio.sleep(0.5)
            assert load.done > served
        assert load.wrong == []
        assert load.done > 50
        assert (before, after) == (migrate.revisions()[-len(next_version) - 1], next_version[-1])
    async with connected(url) as connection:
        assert await connection.fetchval("SELECT count(*) FROM posts WHERE reading_minutes IS NULL") == 0
        assert await connection.fetchval(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'posts_reading_idx'::regclass"
        )
        assert await connection.fetchval("SELECT bool_and(convalidated) FROM pg_constraint")
        # Nothing was told as a whole: what is kept of other posts stays kept.
        assert (
            await connection.fetchval(
                "SELECT count(*) FROM changes WHERE entity = 'post' AND row_id IS NULL AND kind = 'UPDATE'"
            )
            == 0
        )


async def _end_later(connection: asyncpg.Connection) -> None:
    await asyncio.sleep(1.0)
    await connection.execute("COMMIT")


async def test_a_lock_that_is_never_had_changes_nothing(url: str, next_version: list[str]) -> None:
    settings = load_settings(migration_lock_timeout=0.1, migration_tries=2)
    async with connected(url) as reader:
        await reader.execute("BEGIN")
        await reader.execute("SELECT count(*) FROM posts")
        with pytest.raises(ServiceError, match=r"nothing was changed: .*lock timeout"):
            await migrate.upgrade(settings, url)
        await reader.execute("COMMIT")
    assert await migrate.upgrade(load_settings(), url) == (
        migrate.revisions()[-len(next_version) - 1],
        next_version[-1],
    )


async def test_what_an_interrupted_index_left_is_made_anew(url: str, next_version: list[str]) -> None:
    await migrate.upgrade(load_settings(), url, next_version[0])
    await execute(url, "CREATE INDEX posts_reading_idx ON posts (reading_minutes, id)")
    await execute(url, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'posts_reading_idx'::regclass")
    await migrate.upgrade(load_settings(), url)
    async with connected(url) as connection:
        assert await connection.fetchval(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'posts_reading_idx'::regclass"
        )


async def test_these_revisions_pass_the_rules(next_version: list[str]) -> None:
    known = migrate.revisions()
    for name in next_version:
        before = known[known.index(name) - 1]
        assert [str(one) for one in findings(migrate.sql_of(name, before))] == [], name


async def test_an_earlier_version_leaves_a_later_ones_database_as_it_is(
    url: str, next_version: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate.upgrade(load_settings(), url)
    monkeypatch.undo()
    migrate.revisions.cache_clear()
    assert migrate.serves(next_version[-1])
    assert await migrate.upgrade(load_settings(), url) == (next_version[-1], next_version[-1])


def test_a_version_works_on_its_own_schema_and_later_ones_and_on_no_earlier() -> None:
    assert migrate.serves(migrate.head())
    assert migrate.serves("of a later version")
    assert not migrate.serves(migrate.revisions()[0])
    assert not migrate.serves(None)
