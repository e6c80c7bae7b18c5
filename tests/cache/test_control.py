"""What Redis knows of which kept responses are true, against a real Redis."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from cache.control import PLANE, ControlPlane
from cache.line import Line, RedisUnavailableError


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as redis:
        yield redis


@pytest.fixture
async def control(redis: Redis) -> AsyncIterator[ControlPlane]:
    plane = ControlPlane(redis, 1.0, most_members=20)
    await plane.begin("e", "")
    yield plane
    await plane.close()


async def test_what_is_marked_is_pending_until_it_ends(control: ControlPlane) -> None:
    run_id = (await control.sync("e", 0)).run_id
    assert await control.mark("e", run_id, 7, ["post:1", "posts?author=*"])
    assert await control.mark("e", run_id, 8, ["post:1"])
    found = await control.sync("e", 0)
    assert found.pending == {"post:1": {7, 8}, "posts?author=*": {7}}
    assert (found.stamps, found.clock) == ([], 1)
    assert await control.end("e", 7, ["post:1", "posts?author=*"])
    found = await control.sync("e", 1)
    assert found.pending == {"post:1": {8}}
    assert dict(found.stamps) == {"post:1": 2, "posts?author=*": 2}
    assert (found.clock, found.ended) == (2, [7])
    await control.unmark("e", 8, ["post:1"])
    found = await control.sync("e", 2)
    assert (found.pending, found.stamps, found.ended, found.clock) == ({}, [], [], 0)


async def test_to_end_twice_is_to_end_once(control: ControlPlane) -> None:
    await control.mark("e", "", 7, ["a"])
    for _ in range(3):
        await control.end("e", 7, ["a"])
    found = await control.sync("e", 0)
    assert (found.clock, found.ended, found.pending, found.stamps) == (2, [7], {}, [("a", 2)])


async def test_a_number_that_postgres_gives_again_is_that_of_another(control: ControlPlane) -> None:
    await control.end("e", 7, ["a"])  # of one that was lost when PostgreSQL crashed
    await control.mark("e", "", 7, ["b"])
    await control.end("e", 7, ["b", "c"])
    found = await control.sync("e", 0)
    assert (found.clock, found.ended, found.pending) == (3, [7], {})
    assert sorted(found.stamps) == [("a", 2), ("b", 3), ("c", 3)]


async def test_nothing_is_said_where_the_epoch_is_gone(control: ControlPlane, redis: Redis) -> None:
    run_id = (await control.sync("e", 0)).run_id
    await redis.delete(f"{PLANE}e")
    assert not await control.mark("e", run_id, 7, ["a"])
    assert not await control.end("e", 7, ["a"])
    assert not (await control.sync("e", 0)).is_there
    assert not await redis.exists(f"{PLANE}e")


async def test_nothing_is_marked_at_another_server(control: ControlPlane) -> None:
    assert not await control.mark("e", "another", 7, ["a"])


async def test_a_new_epoch_forgets_the_one_before(control: ControlPlane) -> None:
    await control.end("e", 7, ["a"])
    await control.set_drained("e", "1:1:", 60)
    assert await control.drained("e") == "1:1:"
    await control.begin("f", "e")
    assert not (await control.sync("e", 0)).is_there
    assert (await control.sync("f", 0)).stamps == []
    assert await control.drained("e") is None


async def test_the_older_half_is_forgotten_with_a_floor(control: ControlPlane, redis: Redis) -> None:
    for xid in range(1, 31):
        await control.end("e", xid, [f"post:{xid}"])
    found = await control.sync("e", 0)
    assert await redis.zcard(f"{PLANE}e") <= 20
    assert found.is_there
    assert found.clock == 31
    stamps = dict(found.stamps)
    assert stamps["post:30"] == 31
    # Whatever is not known any more was touched before the floor.
    assert all(xid + 1 < found.floor for xid in range(1, 31) if f"post:{xid}" not in stamps)


async def test_names_of_tags_are_not_those_of_the_set(control: ControlPlane) -> None:
    await control.end("e", 7, ["#g", "#floor", "#e:e"])
    found = await control.sync("e", 0)
    assert (found.is_there, found.clock, found.floor) == (True, 2, 1)
    assert {tag for tag, _ in found.stamps} == {"#g", "#floor", "#e:e"}


async def test_a_line_gives_up_in_time_and_is_opened_anew(redis: Redis) -> None:
    line = Line(redis.connection_pool, 0.1)
    with pytest.raises(RedisUnavailableError, match="in time"):
        await line.ask(("BLPOP", "nothing", 1))
    # The late answer is nobody's.
    assert await line.ask(("ECHO", "one"), ("ECHO", "two")) == [b"one", b"two"]
    [wrong, right] = await line.ask(("NO-SUCH",), ("ECHO", "three"))
    assert isinstance(wrong, ResponseError)
    assert right == b"three"
    await line.end()


async def test_a_line_knows_whom_it_talks_to(redis: Redis) -> None:
    line = Line(redis.connection_pool, 1.0)
    await line.ask(("PING",))
    run_id, replid = (await redis.info("server"))["run_id"], (await redis.info("replication"))["master_replid"]
    assert line.run_id == f"{run_id}.{replid}"
    await line.end()
