"""Queries read from replicas: never what is older than what was answered, nor newer than the primary shows."""

import asyncio

import asyncpg
import pytest

from db import position
from db.embedded import EmbeddedPostgres
from db.replicas import Counts, Replicas
from tests.faults.world import until
from tests.fixtures.accounts import Client, person
from tests.fixtures.api import serving
from tests.fixtures.servers import connected, execute
from tests.scaling.asking import POST, Replicated, counts, replicas_of, title, write
from tests.scaling.conftest import name_of
from tests.scaling.standby import Standby


async def test_queries_are_read_from_a_replica_that_has_come_as_far(replicated: Replicated) -> None:
    async with serving(replicated()) as api:
        for _ in range(5):
            assert await title(api) == "A title 0001"
        assert counts(api) == Counts(replica=5)


async def test_what_needs_no_row_asks_nobody(replicated: Replicated) -> None:
    async with serving(replicated()) as api:
        await api.data("{ __typename }")
        assert counts(api) == Counts()


async def test_mutations_and_what_they_answer_are_the_primarys(
    replicated: Replicated, standby: Standby, blog_url: str
) -> None:
    eve = await person(blog_url, "eve", "EDITOR")
    async with serving(replicated()) as api:
        await standby.pause()
        try:
            payload = await Client(api.http, eve).mutate("updatePost", {"id": POST, "title": "new"}, "post { title }")
        finally:
            await standby.resume()
        assert payload["post"]["title"] == "new"
        assert counts(api) == Counts()


@pytest.mark.parametrize("cache", [False, True])
async def test_while_the_replay_is_paused_what_was_answered_is_seen_through_every_process(
    replicated: Replicated, standby: Standby, blog_url: str, cache: bool
) -> None:
    eve = await person(blog_url, "eve", "EDITOR")
    settings = replicated(cache=cache)
    async with serving(settings) as one, serving(settings) as other:
        await title(one)
        await standby.pause()
        try:
            for text in ("once", "twice"):
                await Client(one.http, eve).mutate("updatePost", {"id": POST, "title": text}, "post { version }")
                assert [await title(api) for api in (one, other, one, other)] == [text] * 4
            assert counts(one).behind + counts(other).behind > 0
        finally:
            await standby.resume()


async def test_what_changes_nothing_that_is_shown_need_not_be_replayed(
    replicated: Replicated, standby: Standby, blog_url: str
) -> None:
    async with serving(replicated()) as api:
        await title(api)
        await standby.pause()
        try:
            await execute(blog_url, "CREATE TABLE other AS SELECT generate_series(1, 1000)", "VACUUM posts")
            await title(api)
        finally:
            await standby.resume()
        assert counts(api) == Counts(replica=2)


async def test_one_that_comes_soon_is_waited_for(replicated: Replicated, standby: Standby, blog_url: str) -> None:
    async with serving(replicated(replica_wait=20.0)) as api:
        await title(api)
        await standby.pause()
        try:
            await write(blog_url, "later")
            asked = asyncio.create_task(title(api))
            done, _ = await asyncio.wait([asked], timeout=0.3)
            assert not done
        finally:
            await standby.resume()
        assert await asked == "later"
        assert counts(api) == Counts(replica=2)


async def test_what_is_answered_before_its_log_is_written_is_seen(replicated: Replicated, blog_url: str) -> None:
    """With `synchronous_commit = off` a commit is answered at once, and its log is written up to a second later."""
    async with serving(replicated(replica_wait=0.02)) as api, connected(blog_url) as writer:
        await writer.execute("SET synchronous_commit = off")
        for number in range(5):
            await title(api)
            await writer.execute(f"UPDATE posts SET title = '{number}' WHERE id = 1")
            assert await title(api) == f"{number}"
            await asyncio.sleep(0.3)


async def test_without_a_new_page_of_the_log_it_has_come_as_far(
    replicated: Replicated, standby: Standby, blog_url: str
) -> None:
    async with serving(replicated()) as api, connected(blog_url) as connection:
        # Something else may write to the log just now; mostly nothing does.
        for number in range(20):
            await write(blog_url, f"{number}")
            # The next record would stand behind the header of a page that is not written yet.
            await execute(blog_url, "SELECT pg_switch_wal()")
            assert await title(api) == f"{number}"
            assert counts(api) == Counts(replica=number + 1)
            header = await connection.fetchval("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint % 8192")
            if header in position._HEADERS:
                break
        else:
            pytest.fail("there was never a moment in which nothing else wrote to the log")
    await standby.has_all(blog_url)


async def test_what_the_primary_does_not_show_yet_is_not_shown(
    replicated: Replicated, blog_url: str, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit that waits for another replica, which does not exist, is replayed here all the same."""
    waits = "ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()"
    waits_no_more = "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()"
    seen = "SELECT title FROM posts WHERE id = 1"
    async with serving(replicated()) as api, connected(blog_url) as primary:
        assert await title(api) == "A title 0001"
        [replica] = replicas_of(api)._replicas
        await execute(postgres.url(), *waits)
        writing = asyncio.create_task(write(blog_url, "ahead"))
        try:

            async def replayed() -> bool:
                return [list(record) for record in await replica.fetch(seen, [])] == [["ahead"]]

            await until("the replica shows it", replayed)
            assert await primary.fetchval(seen) == "A title 0001"
            assert await title(api) == "A title 0001"
            assert counts(api).repeated == 1
            monkeypatch.setattr(Replicas, "confirm", _yes)
            assert await title(api) == "ahead", "or this test would show nothing"
            monkeypatch.undo()
        finally:
            await execute(postgres.url(), *waits_no_more)
            await writing
        assert await title(api) == "ahead"
        assert counts(api).repeated == 1


async def _yes(*_: object) -> bool:
    return True


async def test_no_read_can_write_on_a_replica(replicated: Replicated) -> None:
    async with serving(replicated()) as api:
        await title(api)
        [replica] = replicas_of(api)._replicas
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await replica._connections.fetch("UPDATE posts SET title = ''", [])


async def test_an_ordinary_user_is_enough(replicated: Replicated, blog_url: str, standby: Standby) -> None:
    rights = "USAGE ON SCHEMA public", "ALL ON ALL TABLES IN SCHEMA public", "ALL ON ALL SEQUENCES IN SCHEMA public"
    await execute(blog_url, "CREATE ROLE plain LOGIN", *(f"GRANT {right} TO plain" for right in rights))
    try:
        await standby.has_all(blog_url)
        urls = [url.replace("postgres@", "plain@") for url in (blog_url, standby.url(name_of(blog_url)))]
        async with serving(replicated(database_url=urls[0], replica_urls=urls[1])) as api:
            assert await title(api) == "A title 0001"
            assert counts(api) == Counts(replica=1)
    finally:
        await execute(blog_url, "DROP OWNED BY plain", "DROP ROLE plain")
