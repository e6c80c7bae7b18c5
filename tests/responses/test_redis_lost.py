"""Redis forgets what is true, or is another one: nobody believes it then, until it is begun anew."""

import asyncio
import time

import pytest

from cache.control import PLANE, ControlPlane
from cache.line import RedisUnavailableError
from gql.caching.terms import Terms
from server.responses import keeper, watermark
from server.responses.entry import Entry, Moment
from server.responses.watermark import LEASE
from tests.fixtures.servers import connected, execute
from tests.responses.two import Two


async def _fail(*_: object) -> bool:
    raise RedisUnavailableError("gone")


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
