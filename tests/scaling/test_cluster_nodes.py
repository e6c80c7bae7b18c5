"""Any node of a Redis Cluster may go, hang, or hand on what it has."""

import signal
import time
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import RedisError

from cache.client import LOST, connect, hang_up
from cache.cluster import Cluster
from cache.control import PLANE, ControlPlane
from cache.entries import Entries
from cache.event_stream import PREFIX as STREAMS
from cache.event_stream import EventStream, StreamLostError
from cache.line import RedisUnavailableError
from tests.faults.world import until
from tests.fixtures.accounts import person_by
from tests.fixtures.servers import connected, settings_for
from tests.scaling.clustered import settings_of
from tests.scaling.six import Six
from tests.subscriptions.listening import PUBLISHED, add_post, opened, served

BOUND = 4.0


"""Seconds that a call of one second takes at most on a machine that is busy; to ask six nodes in turn takes longer."""


@pytest.fixture
async def control(cluster: Cluster) -> AsyncIterator[ControlPlane]:
    plane = ControlPlane(cluster, 2.0)
    await plane.begin("e", "")
    yield plane
    await plane.close()


async def _again(what: str, control: ControlPlane) -> str:
    """Wait until the plane can be asked; the run id of who answers."""
    found = ""

    async def is_there() -> bool:
        nonlocal found
        try:
            found = (await control.sync("e", 0)).run_id
        except RedisUnavailableError:
            return False
        return True

    await until(what, is_there)
    return found


async def test_a_slot_that_moves_takes_the_plane_and_is_another_server(six: Six, control: ControlPlane) -> None:
    run_id = (await control.sync("e", 0)).run_id
    assert await control.mark("e", run_id, 7, ["post:1"])
    await six.moved(PLANE)
    found = await control.sync("e", 0)
    assert (found.is_there, found.pending) == (True, {"post:1": {7}}), "the keys came along"
    assert found.run_id != run_id, "but this is not whom PostgreSQL names"
    assert not await control.mark("e", run_id, 8, ["post:1"])
    assert await control.begin("f", "e") == found.run_id
    await control.begin("e", "f")


async def test_what_is_under_way_to_another_node_is_nowhere(six: Six, cluster: Cluster, control: ControlPlane) -> None:
    """Until the slot has moved; ASK is not followed for the plane, since another server would not be believed."""
    slot, source, target = await six.moving(PLANE)
    try:
        assert (await control.sync("e", 0)).is_there, "it has not moved yet"
        await source.ask("MIGRATE", "127.0.0.1", target.port, f"{PLANE}e", 0, 5_000)
        with pytest.raises(RedisUnavailableError, match=str(target.port)):
            await control.sync("e", 0)
        assert await cluster.zscore(f"{PLANE}e", "#g") == 1.0, "others follow"
    finally:
        await six.settled(slot, target)
    assert (await control.sync("e", 0)).is_there


async def test_one_who_is_promoted_is_another_server(six: Six, control: ControlPlane) -> None:
    first, second = await six.has(PLANE), await six.stands_by(PLANE)
    run_id = (await control.sync("e", 0)).run_id
    await six.promoted(second)
    await six.until_replica(first)
    assert await _again("the promoted one answers", control) != run_id
    assert not await control.mark("e", run_id, 8, ["post:1"])


async def test_one_who_was_a_replica_meanwhile_is_another_server(six: Six, control: ControlPlane) -> None:
    """It has the same run id, and nobody's connection was closed; but what it knew may have been taken from it."""
    first, second = await six.has(PLANE), await six.stands_by(PLANE)
    run_id = (await control.sync("e", 0)).run_id
    connection = control._reading._connection
    await six.promoted(second, "FORCE")
    await six.until_replica(first)
    await six.promoted(first, "FORCE")
    assert control._reading._connection is connection
    assert (await _again("the first one answers again", control)) != run_id


async def test_where_a_node_is_dead_the_others_answer(six: Six) -> None:
    client = connect(settings_of(six.url, redis_timeout=0.1, redis_connect_timeout=0.1))
    gone = await six.has("b")
    keys = [f"key-{number}" for number in range(40)]
    owners = {key: await six.has(key) for key in keys}
    gone.send(signal.SIGSTOP)
    found = lost = 0
    try:
        for key in keys:
            try:
                await client.get(key)
                found += 1
            except LOST:
                lost += owners[key] is gone
    finally:
        gone.send(signal.SIGCONT)
        await hang_up(client)
    assert lost
    assert found > lost


async def test_a_call_ends_in_time_though_no_node_answers(six: Six) -> None:
    client = connect(settings_of(six.url, redis_timeout=1.0, redis_connect_timeout=1.0))
    await client.get("key")
    for node in six.nodes:
        node.send(signal.SIGSTOP)
    try:
        began = time.perf_counter()
        with pytest.raises(LOST):
            await client.get("key")
        assert time.perf_counter() - began < BOUND
    finally:
        for node in six.nodes:
            node.send(signal.SIGCONT)
        await hang_up(client)


async def test_a_stream_on_a_dead_node_is_lost_and_found_again(six: Six) -> None:
    stream = EventStream(settings_of(six.url, redis_timeout=0.2), "site-2")
    await stream.append([(1, b"a")])
    await (await six.has(stream._key)).kill()
    with pytest.raises(StreamLostError):
        await stream.append([(2, b"b")])

    async def is_back() -> bool:
        try:
            await stream.append([(3, b"c")])
        except StreamLostError:
            return False
        return True

    await until("a replica takes its place", is_back)
    assert (3, b"c") in await stream.read(0)
    await stream.close()


async def test_subscribers_miss_nothing_while_the_master_of_the_stream_dies(
    six: Six, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cache.rate_limit.SETTLE_EVERY", 3_600.0)  # as in tests/subscriptions
    settings = settings_for(database_url, six.url, redis_timeout=0.2, redis_connect_timeout=0.2)
    async with connected(database_url) as writer, served(settings) as url, opened(url) as client:
        ann = await person_by(writer, "ann", "AUTHOR")
        master, replica = await six.has(STREAMS), await six.stands_by(STREAMS)
        before = {key async for key in master.client.scan_iter(f"{STREAMS}*")}
        await client.subscribe(PUBLISHED)
        await add_post(writer, "p0", ann.id)
        told = [await client.next()]
        [key] = {key async for key in master.client.scan_iter(f"{STREAMS}*")} - before
        await replica.unheard()
        await add_post(writer, "p1", ann.id)
        told.append(await client.next())
        await master.kill()
        for number in range(2, 10):
            await add_post(writer, f"p{number}", ann.id)
            if number == 5:
                await six.until_master(replica)
        told += [await client.next() for _ in range(8)]
        assert [(one["kind"], one["post"]["title"]) for one in told] == [("PUBLISHED", f"p{n}") for n in range(10)]

        async def has_them() -> bool:
            return bool(await replica.client.xlen(key) >= 8)  # but for those that were lost before anybody noticed

        await until("Redis has events again", has_them)
        assert await client.is_quiet()


async def test_when_all_are_gone_and_come_back_it_goes_on(six: Six, cluster: Cluster) -> None:
    entries = Entries(cluster, 60.0)
    for node in six.nodes:
        await node.kill()
    with pytest.raises((*LOST, RedisError)):
        await entries.count("site-1")
    await six.healed()
    await cluster.set("key", "value")
    assert await cluster.get("key") == b"value"
