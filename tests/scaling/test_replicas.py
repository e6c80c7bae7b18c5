"""Queries read from replicas: never what is older than what was answered, nor newer than the primary shows."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from core.settings import Settings
from db import position
from db.embedded import PORT, EmbeddedPostgres
from db.position import Primary
from db.replica import Replica
from db.replicas import Counts, Replicas
from tests.faults.world import until
from tests.fixtures.accounts import Client, person
from tests.fixtures.api import Api, serving
from tests.fixtures.servers import connected, execute
from tests.scaling.conftest import name_of
from tests.scaling.standby import Standby, standby_of

Replicated = Callable[..., Settings]
POST = "UG9zdDox"
ONE = f'{{ post(by: {{id: "{POST}"}}) {{ version title author {{ name }} }} }}'


def replicas_of(api: Api) -> Replicas:
    assert api.database is not None
    assert api.database.replicas is not None
    return api.database.replicas


def counts(api: Api) -> Counts:
    return replicas_of(api).counts


async def title(api: Api) -> str:
    found: str = (await api.data(ONE))["post"]["title"]
    return found


async def write(url: str, text: str) -> None:
    await execute(url, f"UPDATE posts SET title = '{text}' WHERE id = 1")


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
    async with serving(replicated()) as api:
        for text in ("one", "two"):
            await write(blog_url, text)
            # The next record would stand behind the header of a page that is not written yet.
            await execute(blog_url, "SELECT pg_switch_wal()")
            assert await title(api) == text
        assert counts(api) == Counts(replica=2)
        async with connected(blog_url) as connection:
            header = await connection.fetchval("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint % 8192")
        assert header in position._HEADERS
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


async def test_a_statement_that_is_in_the_way_of_the_replay_is_asked_of_the_primary(
    replicated: Replicated, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def conflict(*_: object) -> Any:
        raise asyncpg.SerializationError("canceling statement due to conflict with recovery")

    async with serving(replicated()) as api:
        await title(api)
        [replica] = replicas_of(api)._replicas
        look, fetch = replica.look, replica._connections.fetch

        async def look_all_the_same() -> None:
            with monkeypatch.context() as patch:
                patch.setattr(replica._connections, "fetch", fetch)
                await look()

        monkeypatch.setattr(replica, "look", look_all_the_same)
        monkeypatch.setattr(replica._connections, "fetch", conflict)
        assert await title(api) == "A title 0001"
        monkeypatch.undo()
        await title(api)
        assert counts(api) == Counts(replica=3, left=1)


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


@pytest.mark.parametrize(
    ("origin", "why"),
    [
        ({"system": 7}, "another server"),
        ({"timeline": 9}, "timeline 1, and the primary is on 9"),
        ({"site": "x"}, "another database"),
    ],
)
async def test_what_is_no_copy_of_the_primary_is_refused(
    replicated: Replicated, monkeypatch: pytest.MonkeyPatch, origin: dict[str, Any], why: str
) -> None:
    look = Primary._look

    async def other(self: Primary) -> None:
        await look(self)
        assert self.position is not None
        self.position = replace(self.position, origin=replace(self.position.origin, **origin))

    monkeypatch.setattr(Primary, "_look", other)
    with capture_logs() as logs:
        async with serving(replicated()) as api:
            assert await title(api) == "A title 0001"
            assert counts(api) == Counts(behind=1)
    assert [why in log["why"] for log in logs if log["event"] == "replica_not_read"] == [True]


async def test_the_primary_itself_and_another_database_are_no_replicas(
    replicated: Replicated, blog_url: str, standby: Standby
) -> None:
    for url in (blog_url, standby.url("postgres")):
        async with serving(replicated(replica_urls=url)) as api:
            assert await title(api) == "A title 0001"
            assert counts(api).replica == 0


async def test_one_that_was_promoted_is_read_no_more_nor_what_follows_it(
    replicated: Replicated, blog_url: str, postgres: EmbeddedPostgres, server_folder: Path
) -> None:
    name = name_of(blog_url)
    async with standby_of(postgres.url(), server_folder / "promoted") as heir, AsyncExitStack() as stack:
        leads = f"host={heir.sockets.path} port={PORT} user=postgres"
        following = standby_of(postgres.url(), server_folder / "follower", primary_conninfo=leads)
        follower = await stack.enter_async_context(following)
        await follower.has_all(blog_url)
        urls = f"{heir.url(name)}, {follower.url(name)}"
        async with serving(replicated(replica_urls=urls)) as api:
            for _ in range(4):
                await title(api)
            assert counts(api) == Counts(replica=4)
            assert all(replica.reads for replica in replicas_of(api)._replicas)
            await heir.run("SELECT pg_promote()")
            await write(heir.url(name), "of the heir")

            async def follows() -> bool:
                async with connected(follower.url(name)) as connection:
                    return bool(await connection.fetchval("SELECT title = 'of the heir' FROM posts WHERE id = 1"))

            await until("the other one follows", follows)
            for _ in range(4):
                assert await title(api) == "A title 0001"
            assert counts(api).replica - counts(api).repeated == 4


async def test_when_one_is_killed_the_primary_and_the_others_are_read(
    replicated: Replicated, blog_url: str, postgres: EmbeddedPostgres, standby: Standby, server_folder: Path
) -> None:
    name = name_of(blog_url)
    async with standby_of(postgres.url(), server_folder / "killed") as second:
        await second.has_all(blog_url)
        async with serving(replicated(replica_urls=f"{second.url(name)},{standby.url(name)}")) as api:
            for _ in range(4):
                await title(api)
            await second.kill()
            for number in range(6):
                await write(blog_url, f"{number}")
                assert await title(api) == f"{number}"
            killed, other = replicas_of(api)._replicas
            assert (killed.is_open, other.is_open) == (False, True)
            before = killed.reads
            await second.start()

            async def read_again() -> bool:
                await title(api)
                return killed.reads > before

            await until("it is read again", read_again)


async def test_a_replica_that_begins_again_before_where_it_was_is_not_believed(replicated: Replicated) -> None:
    """After a crash it serves before it has replayed what it had; all connections are new then, and each is asked."""
    async with serving(replicated()) as api:
        await title(api)
        [replica] = replicas_of(api)._replicas
        replica.replayed += 2**30
        await replica._connections._engine.dispose()
        replica._connections._lending.lost_at = asyncio.get_running_loop().time()
        assert await title(api) == "A title 0001"
        assert (counts(api).left, replica.is_open) == (1, False)


async def test_one_that_hangs_is_left_alone(replicated: Replicated, standby: Standby, blog_url: str) -> None:
    async with serving(replicated(replica_timeout=0.3, replica_wait=0.1)) as api:
        await title(api)
        pid = standby.server.pid
        assert pid is not None
        backends = [pid, *await _backends(standby)]
        for process in backends:
            os.kill(process, signal.SIGSTOP)
        try:
            await write(blog_url, "meanwhile")
            assert await title(api) == "meanwhile"
            [replica] = replicas_of(api)._replicas
            await until("it is left alone", _left_alone(replica))
            assert await title(api) == "meanwhile"
        finally:
            for process in backends:
                os.kill(process, signal.SIGCONT)


def _left_alone(replica: Replica) -> Callable[[], Any]:
    async def left_alone() -> bool:
        return not replica.is_awaited

    return left_alone


async def _backends(standby: Standby) -> list[int]:
    pids = await standby.run("SELECT array_agg(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert isinstance(pids, list)
    return pids
