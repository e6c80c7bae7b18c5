"""Replicas that die, hang, crash, are promoted, or are none: the primary is read."""

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

from core.errors import SettingsError
from db.embedded import PORT, EmbeddedPostgres
from db.position import Primary
from db.replica import Replica
from db.replicas import Counts
from tests.faults.world import until
from tests.fixtures.api import Api, serving
from tests.fixtures.servers import connected, settings_for
from tests.scaling.asking import Replicated, counts, replicas_of, title, write
from tests.scaling.conftest import name_of
from tests.scaling.standby import Standby, standby_of


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
            await until("both are read", _read(api))
            before = counts(api).replica
            assert counts(api).repeated == 0
            await heir.run("SELECT pg_promote()")
            await write(heir.url(name), "of the heir")

            async def follows() -> bool:
                async with connected(follower.url(name)) as connection:
                    return bool(await connection.fetchval("SELECT title = 'of the heir' FROM posts WHERE id = 1"))

            await until("the other one follows", follows)
            for _ in range(4):
                assert await title(api) == "A title 0001"
            assert counts(api).replica - counts(api).repeated == before


async def test_when_one_is_killed_the_primary_and_the_others_are_read(
    replicated: Replicated, blog_url: str, postgres: EmbeddedPostgres, standby: Standby, server_folder: Path
) -> None:
    name = name_of(blog_url)
    async with standby_of(postgres.url(), server_folder / "killed") as second:
        await second.has_all(blog_url)
        async with serving(replicated(replica_urls=f"{second.url(name)},{standby.url(name)}")) as api:
            await until("both are read", _read(api))
            await second.kill()
            for number in range(6):
                await write(blog_url, f"{number}")
                assert await title(api) == f"{number}"
            killed, other = replicas_of(api)._replicas
            assert killed.replayed < other.replayed, "it is left alone, or known to be behind"
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


async def test_a_statement_that_is_in_the_way_of_the_replay_is_asked_of_the_primary(
    replicated: Replicated, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def conflict(*_: object, **__: object) -> Any:
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


def _read(api: Api) -> Callable[[], Any]:
    """Asks, and says whether every replica was read meanwhile."""

    async def all_are_read() -> bool:
        await title(api)
        return all(replica.reads for replica in replicas_of(api)._replicas)

    return all_are_read


def _left_alone(replica: Replica) -> Callable[[], Any]:
    async def left_alone() -> bool:
        return not replica.is_awaited

    return left_alone


async def _backends(standby: Standby) -> list[int]:
    pids = await standby.run("SELECT array_agg(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert isinstance(pids, list)
    return pids


@pytest.mark.parametrize(
    "wrong", ["mysql://u:hidden@a/x", "postgresql://u:hidden@a:no/x", "postgresql://u:hidden@a,b/x"]
)
def test_what_is_no_url_is_refused_and_not_repeated(redis_url: str, wrong: str) -> None:
    with pytest.raises(SettingsError, match="BROADSHEET_REPLICA_URLS") as refused:
        settings_for("postgresql://nowhere", redis_url, replica_urls=f"postgresql://a/x, {wrong}")
    assert "hidden" not in str(refused.value)


async def test_a_password_is_in_no_log(replicated: Replicated) -> None:
    settings = replicated(replica_urls="postgresql://u:hidden@127.0.0.1:1/x")
    assert "hidden" not in repr(settings)
    with capture_logs() as logs:
        async with serving(settings) as api:
            assert await title(api) == "A title 0001"
    [told] = [log for log in logs if log["event"] == "replica_not_read"]
    assert told["replica"] == "127.0.0.1:1"
    assert "hidden" not in str(logs)
