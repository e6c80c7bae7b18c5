"""Redis says what is true, whatever happens to it, or to those who tell it."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from cache.control import PLANE, ControlPlane
from cache.line import RedisUnavailableError
from gql.caching.terms import Terms
from server.responses import keeper, watermark
from server.responses.entry import Entry, Moment
from server.responses.marks import WAIT, Mark, Marks
from server.responses.watermark import LEASE
from tests.fixtures.accounts import Client, Person, person
from tests.fixtures.api import Api, serving
from tests.fixtures.servers import NewDatabase, connected, execute, settings_for
from tests.model.shaped import shaped
from tests.model.write import write
from tests.responses.planes import opened

POST = '{ post(by: {id: "UG9zdDox"}) { title } }'
OTHER = '{ tag(slug: "tag-0001") { name } }'


class Two:
    """Two processes over the same servers, and what stands below them."""

    def __init__(self, url: str, redis: Redis, apis: list[Api], eve: Person) -> None:
        self.url, self.redis, self.apis, self.eve = url, redis, apis, eve

    async def ask(self, process: int, query: str = POST) -> tuple[str, str]:
        """What an anonymous reader is told, and whether it was kept."""
        response = await self.apis[process].http.post("/graphql", json={"query": query})
        return response.text, response.headers["cache-status"].partition("; ")[2].partition(";")[0]

    async def warm(self) -> None:
        """Have both keep both answers."""
        for process in (0, 1):
            for query in (POST, OTHER):
                await self.ask(process, query)
                assert (await self.ask(process, query))[1] == "hit"

    async def retitle(self, process: int, title: str) -> None:
        """Write by the API."""
        client = Client(self.apis[process].http, self.eve)
        payload = await client.mutate("updatePost", {"id": "UG9zdDox", "title": title}, "post { title }")
        assert payload["userErrors"] == []

    def watermark(self, process: int) -> Any:
        """What a process knows of Redis."""
        responses = self.apis[process].responses
        assert responses is not None
        assert responses.planes.watermark is not None
        return responses.planes.watermark

    async def until_open(self) -> None:
        """Wait until both believe Redis again."""
        await asyncio.sleep(0.1)
        await opened(*self.apis)

    async def until_hit(self, process: int) -> None:
        """Wait until the post is served from the cache again."""
        async with asyncio.timeout(60):
            while (await self.ask(process))[1] != "hit":  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def state(self) -> str:
        """What PostgreSQL remembers."""
        async with connected(self.url) as connection:
            return str(await connection.fetchval("SELECT state FROM cache_plane"))

    async def until(self, state: str) -> None:
        """Wait for it."""
        async with asyncio.timeout(60):
            while await self.state() != state:  # noqa: ASYNC110 - PostgreSQL tells nobody
                await asyncio.sleep(0.02)


@pytest.fixture
async def two(new_database: NewDatabase, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Two]:
    monkeypatch.setattr(keeper, "REOPEN_AFTER", 0.2)
    url = await new_database()
    await write(shaped(2), url)
    for table in ("users", "revisions"):
        await execute(url, f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000)")
    settings = settings_for(url, redis_url, cache=True, cache_plane="redis")
    async with serving(settings) as one, serving(settings) as other, Redis.from_url(redis_url) as redis:
        await opened(one, other)
        yield Two(url, redis, [one, other], await person(url, "eve", "EDITOR"))


async def _fail(*_: object) -> bool:
    raise RedisUnavailableError("gone")


async def _nothing(*_: object) -> None:
    pass


async def test_a_write_is_seen_at_once_and_what_it_did_not_touch_is_kept(two: Two) -> None:
    await two.warm()
    looks = [api.responses.planes.clock.looks for api in two.apis if api.responses is not None]
    for number in range(5):
        await two.retitle(number % 2, f"New {number}")
        for process in (0, 1):
            assert f"New {number}" in (await two.ask(process))[0]
            assert (await two.ask(process, OTHER))[1] == "hit"
    after = [api.responses.planes.clock.looks for api in two.apis if api.responses is not None]
    # Redis was asked, not PostgreSQL, but for a look now and then.
    assert sum(after) - sum(looks) < 20
    assert all(two.watermark(process).count >= 6 for process in (0, 1))


async def test_what_is_about_to_be_written_is_not_served_from_the_cache(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two.warm()
    marked, go_on = asyncio.Event(), asyncio.Event()
    announce = Marks.announce

    async def announce_and_wait(self: Marks, session: Any) -> Mark | None:
        mark = await announce(self, session)
        marked.set()
        await go_on.wait()
        return mark

    monkeypatch.setattr(Marks, "announce", announce_and_wait)
    writing = asyncio.create_task(two.retitle(0, "New"))
    try:
        async with asyncio.timeout(60):
            await marked.wait()
        text, status = await two.ask(1)
        assert "New" not in text  # it is not committed
        assert status == "fwd=miss"
        assert (await two.ask(1, OTHER))[1] == "hit"
    finally:
        go_on.set()
        await writing
    assert "New" in (await two.ask(1))[0]


async def test_a_fill_from_before_a_commit_is_not_believed_after_it(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """The classic: read before, store after."""
    responses = two.apis[1].responses
    assert responses is not None
    land = type(responses).land
    held: list[tuple[Any, ...]] = []
    monkeypatch.setattr(type(responses), "land", lambda *given: held.append(given))
    await two.ask(1)
    monkeypatch.setattr(type(responses), "land", land)
    await two.retitle(0, "New")
    [given] = held
    land(*given)
    for process in (0, 1):
        assert "New" in (await two.ask(process))[0]


async def test_a_process_that_died_before_it_told_is_told_for(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    await two.warm()
    monkeypatch.setattr(Marks, "end", _nothing)
    await two.retitle(0, "New")
    for process in (0, 1):
        assert "New" in (await two.ask(process))[0]
    await two.until_hit(1)
    assert not two.watermark(1).pending


async def test_marks_of_what_was_rolled_back_go_away(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "REAP_AFTER", 0.2)
    await two.warm()
    async with connected(two.url) as connection:
        transaction = connection.transaction()
        await transaction.start()
        xid = int(await connection.fetchval("SELECT pg_current_xact_id()::text"))
        mark = two.watermark(0)
        assert await mark._control.mark(mark.epoch, mark._clock.plane.run_id, xid, ["post:1"])
        await asyncio.sleep(1.5)
        # Somebody marked, and is still at work: nobody removes his marks, whatever the time.
        assert (await two.ask(1))[1] == "fwd=miss"
        assert two.watermark(1).pending == {"post:1": {xid}}
        await transaction.rollback()
    async with asyncio.timeout(60):
        while two.watermark(1).pending:
            await two.ask(1)
            await asyncio.sleep(0.05)
    await two.ask(1)
    assert (await two.ask(1))[1] == "hit"


async def test_who_cannot_mark_answers_when_nobody_can_be_fooled(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    await two.warm()
    monkeypatch.setattr(ControlPlane, "mark", _fail)
    monkeypatch.setattr(keeper, "REOPEN_AFTER", 60)
    began = time.monotonic()
    await two.retitle(0, "New")
    assert time.monotonic() - began >= WAIT
    assert "New" in (await two.ask(1))[0]
    # Soon nobody believes Redis: then nobody need wait any more.
    await two.until("closed")
    before = time.monotonic()
    await two.retitle(0, "Newer")
    assert time.monotonic() - before < WAIT
    assert "Newer" in (await two.ask(1))[0]


async def test_redis_is_emptied(two: Two) -> None:
    await two.warm()
    epoch = two.watermark(0).epoch
    await two.redis.delete(PLANE + epoch)
    for number in range(3):
        await two.retitle(number % 2, f"New {number}")
        for process in (0, 1):
            assert f"New {number}" in (await two.ask(process))[0]
            await two.until_hit(process)  # PostgreSQL knows, too
    await two.until_open()
    await two.warm()
    assert two.watermark(0).epoch == two.watermark(1).epoch != epoch


async def test_another_redis_that_has_all_of_it_is_not_believed(two: Two) -> None:
    await two.warm()
    await execute(two.url, "UPDATE cache_plane SET run_id = 'another'")
    await asyncio.sleep(0.2)  # so all have looked
    await two.ask(0)
    await asyncio.sleep(0.2)
    await two.retitle(0, "New")
    for process in (0, 1):
        assert "New" in (await two.ask(process))[0]
    await two.until_open()
    await two.warm()


async def test_what_is_written_behind_the_api_is_noticed_in_time(two: Two) -> None:
    await two.warm()
    for number in range(5):
        await execute(two.url, f"UPDATE posts SET title = 'Raw {number}' WHERE id = 1")
        await asyncio.sleep(LEASE)
        for process in (0, 1):
            assert f"Raw {number}" in (await two.ask(process))[0]
        assert (await two.ask(0, OTHER))[1] == "hit"
    await two.until_hit(0)


async def test_an_eviction_policy_that_could_take_marks_keeps_it_closed(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def policy(_: ControlPlane) -> str:
        return "allkeys-lru"

    monkeypatch.setattr(ControlPlane, "policy", policy)
    await two.redis.delete(PLANE + two.watermark(0).epoch)
    await two.until("closed")
    await asyncio.sleep(1.0)
    assert await two.state() == "closed"
    await two.warm()


async def test_it_opens_when_all_have_ended_that_did_not_mark(two: Two) -> None:
    await two.warm()
    async with connected(two.url) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("UPDATE posts SET title = 'Long' WHERE id = 1")
        await two.redis.delete(PLANE + two.watermark(0).epoch)
        await two.until("opening")
        await asyncio.sleep(0.5)
        assert await two.state() == "opening"
        await transaction.commit()
    await two.until_open()
    for process in (0, 1):
        assert "Long" in (await two.ask(process))[0]


async def test_it_opens_again_after_each_of_several_losses(two: Two) -> None:
    for _ in range(3):
        await two.redis.delete(PLANE + two.watermark(0).epoch)
        await two.until("closed")
        await two.until_open()
        await two.warm()


async def test_nothing_is_remembered_for_a_redis_that_nobody_believes(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two.warm()
    monkeypatch.setattr(keeper, "REOPEN_AFTER", 60)
    await two.redis.delete(PLANE + two.watermark(0).epoch)
    await two.until("closed")
    for number in range(5):
        await two.retitle(number % 2, f"New {number}")
        await execute(two.url, f"UPDATE posts SET title = 'Raw {number}' WHERE id = 2")
        for process in (0, 1):
            assert f"New {number}" in (await two.ask(process))[0]
    await asyncio.sleep(1.0)  # so all have looked
    assert all(two.watermark(process).overlay == {} for process in (0, 1))


async def test_what_is_remembered_while_redis_is_out_of_reach_is_bounded(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two.warm()
    monkeypatch.setattr(watermark, "MOST_OVERLAID", 10)
    with monkeypatch.context() as unreachable:
        unreachable.setattr(ControlPlane, "end", _fail)
        unreachable.setattr(ControlPlane, "drained", _fail)
        most = 0
        for number in range(30):
            await execute(two.url, f"UPDATE posts SET title = 'Raw {number}' WHERE id = 1")
            await asyncio.sleep(LEASE if number % 10 == 0 else 0)
            await asyncio.gather(*(api.responses.planes.clock.look() for api in two.apis if api.responses is not None))
            most = max(most, *(len(two.watermark(process).overlay) for process in (0, 1)))
            for process in (0, 1):
                assert f"Raw {number}" in (await two.ask(process))[0]
        assert 0 < most <= 10
    await two.until_open()
    await two.warm()
    await two.retitle(0, "New")
    for process in (0, 1):
        assert "New" in (await two.ask(process))[0]


async def test_a_mark_of_a_number_yet_to_come_closes_the_plane(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL crashed: the number that it forgot will be that of somebody else."""
    monkeypatch.setattr(keeper, "REAP_AFTER", 0.2)
    await two.warm()
    epoch = two.watermark(0).epoch
    async with connected(two.url) as connection:
        xid = int(await connection.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")) + 1_000
    mark = two.watermark(0)
    assert await mark._control.mark(epoch, mark._clock.plane.run_id, xid, ["post:1"])
    async with asyncio.timeout(60):
        while two.watermark(0).epoch in ("", epoch):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await two.until_open()
    await two.warm()
    assert not two.watermark(0).pending


async def test_one_who_knows_nothing_of_redis_takes_nothing_for_true(two: Two) -> None:
    """Also where he was told to ask Redis just before it was forgotten: an entry by PostgreSQL's word has no epoch."""
    await two.warm()
    mark = two.watermark(0)
    by_postgres = Entry.made("key", b"{}", frozenset({"post:1"}), Moment(1, "1:1:"), time.time(), Terms())
    async with asyncio.timeout(60):
        while not mark.is_unchanged(mark.moment()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    by_redis = Entry.made("key", b"{}", frozenset({"post:1"}), mark.moment(), time.time(), Terms())
    assert mark.holds(by_redis)
    assert mark.is_unchanged(mark.moment())
    epoch = mark.epoch
    # Nothing awaits from here on, so that the keeper does not join in.
    mark.forget()
    assert not mark.holds(by_postgres)
    assert not mark.is_unchanged(Moment(1, "1:1:"))
    mark.prepare()
    mark.epoch = epoch  # as begun again, and not asked yet
    assert not mark.holds(by_redis)
    mark.forget()
    await two.until_open()
