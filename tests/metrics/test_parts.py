"""What the parts of a server tell of themselves, when they are in trouble, too."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from core.settings import Settings
from server.metrics.scraping import meeting_place
from server.overload.limit import LEAST
from tests.fixtures.accounts import person_by
from tests.fixtures.servers import connected, settings_for
from tests.metrics.measuring import Measured, Told, measuring, scraped
from tests.responses.planes import opened as planes_opened
from tests.subscriptions.listening import PUBLISHED, SSE, add_post, opened, served, streamed

POSTS = "query Posts { posts { nodes { title } } }"


@asynccontextmanager
async def _locked(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody holds the table of posts, so that reads of it wait."""
    async with connected(url) as connection, connection.transaction():
        await connection.execute("LOCK TABLE posts IN ACCESS EXCLUSIVE MODE")
        yield connection


async def _until(api: Measured, true: Callable[[Told], bool]) -> Told:
    async with asyncio.timeout(30):
        while not true(told := await api.told()):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.02)
    return told


async def test_queries_that_wait_for_their_turn_are_counted(database_url: str, redis_url: str) -> None:
    pool = {"database_pool_size": 1, "database_pool_overflow": 0, "database_pool_timeout": 60.0}
    async with measuring(settings_for(database_url, redis_url, **pool)) as api:
        async with _locked(database_url):
            asking = [asyncio.create_task(api.post(POSTS)) for _ in range(LEAST + 2)]
            await _until(api, lambda told: told.value("broadsheet_queries_waiting") == 2)
        await asyncio.gather(*asking)
        assert (await api.told()).value("broadsheet_queries_waiting") == 0


async def test_a_pool_tells_who_uses_it_who_waits_and_who_waited_in_vain(database_url: str, redis_url: str) -> None:
    pool = {"database_pool_size": 1, "database_pool_overflow": 0, "database_pool_timeout": 1.0}
    async with measuring(settings_for(database_url, redis_url, **pool)) as api:
        async with _locked(database_url):
            asking = [asyncio.create_task(api.post(POSTS)) for _ in range(3)]
            await _until(api, lambda told: told.value("broadsheet_pool_connections", pool="read", state="in_use") == 1)
            told = await _until(api, lambda told: told.value("broadsheet_pool_waiting", pool="read") == 2)
            assert told.value("broadsheet_pool_connections_max", pool="read") == 1
            assert told.value("broadsheet_requests_running") == 3
            await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
            told = await _until(api, lambda told: told.value("broadsheet_pool_timeouts_total", pool="read") == 2)
        await asyncio.gather(*asking)
        told = await api.told()
        assert told.value("broadsheet_errors_total", code="SERVICE_UNAVAILABLE") == 2
        assert told.value("broadsheet_pool_waiting", pool="read") == 0
        assert told.value("broadsheet_pool_connections", pool="read", state="in_use") == 0
        assert told.value("broadsheet_pool_connections", pool="read", state="idle") == 1


async def test_writes_have_a_pool_too(database_url: str, redis_url: str) -> None:
    add = 'mutation { createPost(input: {title: "T", body: "B"}) { post { id } } }'
    async with connected(database_url) as connection:
        ann = await person_by(connection, "ann", "AUTHOR")
    pool = {"database_pool_size": 1, "database_pool_overflow": 0}
    async with measuring(settings_for(database_url, redis_url, **pool)) as api:
        api.headers = ann.headers
        async with _locked(database_url):
            asking = [asyncio.create_task(api.post(add)) for _ in range(3)]
            await _until(api, lambda told: told.value("broadsheet_pool_waiting", pool="write") == 2)
            await _until(api, lambda told: told.value("broadsheet_pool_connections", pool="write", state="in_use") == 1)
        await asyncio.gather(*asking)
        assert (await api.told()).value("broadsheet_pool_waiting", pool="write") == 0


async def test_connections_that_are_lost_are_counted(database_url: str, redis_url: str) -> None:
    async with measuring(settings_for(database_url, redis_url)) as api:
        await api.data(POSTS)
        async with connected(database_url) as other:
            await other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        # Whether the driver has heard of it before the next statement is a matter of luck.
        await api.data(POSTS)
        assert (await api.told()).value("broadsheet_pool_lost_total", pool="read") in (0, 1)
        async with _locked(database_url) as locker:
            asking = asyncio.create_task(api.post(POSTS))
            await _until(api, lambda told: told.value("broadsheet_pool_connections", pool="read", state="in_use") == 1)
            before = (await api.told()).value("broadsheet_pool_lost_total", pool="read")
            async with asyncio.timeout(30):
                while not await locker.fetchval(  # noqa: ASYNC110
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
                ):
                    await asyncio.sleep(0.02)
            await _until(api, lambda told: told.value("broadsheet_pool_lost_total", pool="read") > before)
        await asking


async def test_requests_that_are_too_many_are_counted(database_url: str, redis_url: str) -> None:
    async with measuring(settings_for(database_url, redis_url, max_requests=1)) as api:
        async with _locked(database_url):
            asking = asyncio.create_task(api.post(POSTS))
            await _until(api, lambda told: told.value("broadsheet_requests_running") == 1)
            assert (await api.http.post("/graphql", json={"query": POSTS})).status_code == 503
            assert (await api.told()).value("broadsheet_requests_shed_total") == 1
        await asking


async def test_a_redis_that_is_gone_is_left_alone_and_told_of(database_url: str) -> None:
    given = {"cache": True, "redis_connect_timeout": 0.5, "redis_timeout": 0.5}
    async with measuring(settings_for(database_url, "redis://127.0.0.1:1/0", **given)) as api:
        await api.data(POSTS)
        told = await api.told()
        assert told.value("broadsheet_redis_breaker_open", breaker="responses") == 1
        assert told.value("broadsheet_redis_failures_total", breaker="responses") >= 1
        assert told.value("broadsheet_redis_duration_seconds_count") >= 1


async def test_the_plane_in_redis_tells_its_epochs_and_marks(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.responses.keeper.REOPEN_AFTER", 0.2)
    async with measuring(settings_for(database_url, redis_url, cache=True, cache_plane="redis")) as api:
        await planes_opened(api)
        await api.data(POSTS)
        told = await api.told()
        assert told.value("broadsheet_cache_epochs_total") == 1
        assert told.value("broadsheet_cache_redis_plane") == 1
        assert told.value("broadsheet_cache_pending_marks") == 0
        assert told.value("broadsheet_redis_failures_total", breaker="plane") == 0
        assert api.responses is not None
        watermark = api.responses.planes.watermark
        assert watermark is not None
        async with connected(database_url) as connection, connection.transaction():
            xid = int(await connection.fetchval("SELECT pg_current_xact_id()::text"))
            run_id = watermark._clock.plane.run_id
            assert await watermark._control.mark(watermark.epoch, run_id, xid, ["post:1", "post:2"])
            await _until(api, lambda told: told.value("broadsheet_cache_pending_marks") == 2)


async def test_points_that_are_spent_and_refused_are_counted(database_url: str, redis_url: str) -> None:
    rates = {"rate_anonymous": 1, "rate_anonymous_burst": 50, "max_cost_anonymous": 50}
    async with measuring(settings_for(database_url, redis_url, **rates)) as api:
        answers = [await api.post("query Costs { posts(first: 29) { nodes { title } } }") for _ in range(3)]
        assert [answer.get("errors", [{}])[0].get("message", "")[:9] for answer in answers] == [
            "",
            "You asked",
            "You asked",
        ]
        told = await api.told()
        assert told.value("broadsheet_rate_points_total", caller="address") == 30
        assert told.value("broadsheet_rate_refused_total", caller="address") == 2
        assert told.value("broadsheet_rate_refused_total", caller="account") == 0
        assert told.value("broadsheet_operations_total", operation="Costs", outcome="refused") == 2


async def test_documents_are_counted(settings: Settings) -> None:
    async with measuring(settings) as api:
        for _ in range(3):
            await api.data(POSTS)
        told = await api.told()
        assert told.value("broadsheet_documents") == 1
        assert told.value("broadsheet_document_lookups_total", result="hit") == 2
        assert told.value("broadsheet_document_lookups_total", result="miss") == 1


async def test_a_loop_that_is_blocked_is_late(settings: Settings) -> None:
    async with measuring(settings) as api:
        await _until(api, lambda told: told.value("broadsheet_event_loop_lag_seconds_count") > 0)
        time.sleep(0.8)  # noqa: ASYNC251 - that is what is tested
        told = await _until(api, lambda told: told.value("broadsheet_event_loop_lag_seconds_sum") > 0.5)
        late = told.value("broadsheet_event_loop_lag_seconds_count")
        assert late - told.value("broadsheet_event_loop_lag_seconds_bucket", le="0.5") >= 1


async def test_subscriptions_are_counted(database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cache.rate_limit.SETTLE_EVERY", 3_600.0)  # as in the tests of subscriptions
    with meeting_place() as folder:
        async with connected(database_url) as writer, served(settings_for(database_url, redis_url), folder) as url:
            ann = await person_by(writer, "ann", "AUTHOR")
            async with opened(url) as socket, streamed(url, SSE, PUBLISHED) as stream:
                await socket.subscribe(PUBLISHED)
                await add_post(writer, "one", ann.id)
                assert (await socket.next())["post"] == {"title": "one"}
                async for said in stream:
                    if said is not None:
                        break
                told = await scraped(folder)
                assert told.value("broadsheet_streams", transport="websocket") == 1
                assert told.value("broadsheet_streams", transport="http") == 1
                assert told.value("broadsheet_subscriptions") == 2
                assert told.value("broadsheet_events_delivered_total") == 2
                assert told.value("broadsheet_events_queued") == 0
                assert told.value("broadsheet_operations_total", kind="subscription", outcome="ok") == 2
            async with asyncio.timeout(30):
                while (await scraped(folder)).value("broadsheet_streams"):  # noqa: ASYNC110 - nothing tells of it
                    await asyncio.sleep(0.02)
