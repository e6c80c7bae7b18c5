"""All that is kept in Redis, kept in a cluster of it: six nodes, of which any may go or hand on what it has."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import RedisError

from cache.client import LOST, answers, connect, hang_up
from cache.cluster import Cluster
from cache.control import PLANE, ControlPlane
from cache.entries import Entries
from cache.event_stream import PREFIX as STREAMS
from cache.event_stream import EventStream, StreamLostError
from cache.line import RedisUnavailableError
from cache.persisted_queries import TEXTS, PersistedQueries
from cache.rate_limit import PREFIX, Rate, RateLimiter
from cache.tallies import Tallies
from core.errors import SettingsError
from core.settings import Settings, load_settings
from tests.faults.world import until
from tests.fixtures.accounts import person_by
from tests.fixtures.servers import connected, settings_for
from tests.scaling.six import Six
from tests.subscriptions.listening import PUBLISHED, add_post, opened, served

BOUND = 4.0
"""Seconds that a call of one second takes at most on a machine that is busy; to ask six nodes in turn takes longer."""


def settings_of(url: str, **others: object) -> Settings:
    return settings_for("postgresql://nowhere", url, **{"redis_timeout": 2.0, "redis_connect_timeout": 1.0, **others})


@pytest.fixture
async def cluster(six: Six) -> AsyncIterator[Cluster]:
    client = connect(settings_of(six.url))
    assert isinstance(client, Cluster)
    yield client
    await hang_up(client)


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


async def test_responses_are_kept_on_all_masters_and_counted(six: Six, cluster: Cluster) -> None:
    entries = Entries(cluster, 60.0)
    for number in range(30):
        await entries.put(f"site-1/{number}", b"%d" % number)
    await entries.put("another/0", b"x")
    assert [await entries.get(f"site-1/{number}") for number in range(30)] == [b"%d" % number for number in range(30)]
    assert await entries.count("site-1") == 30
    held = [node for node in six.nodes[:3] if await node.client.dbsize()]
    assert len(held) == 3


async def test_callers_of_any_name_are_settled_by_one_script(cluster: Cluster) -> None:
    rate = Rate(1.0, 100)
    one, other = RateLimiter(cluster), RateLimiter(cluster)
    for number in range(20):
        one.charge(f"caller:{number}", 60, rate)
    await one.settle()
    for number in range(20):
        other.charge(f"caller:{number}", 0, rate)
        other.charge(f"caller:{number}", 10, rate)
    await other.settle()
    assert all(29 <= other.look(f"caller:{number}", rate).remaining <= 31 for number in range(20))
    assert await cluster.exists(f"{PREFIX}caller:1")


async def test_persisted_queries_are_kept_so_many_and_no_more(cluster: Cluster) -> None:
    queries = PersistedQueries(cluster, 3)
    for number in range(5):
        await queries.put(f"hash-{number}", f"text {number}")
    found = [await PersistedQueries(cluster, 3).get(f"hash-{number}") for number in range(5)]
    assert found == [None, None, "text 2", "text 3", "text 4"]
    assert await cluster.hlen(TEXTS) == 3


async def test_events_and_counts_come_back_as_they_went(six: Six, cluster: Cluster) -> None:
    tallies = Tallies(cluster)
    await tallies.add("one", hits=3, misses=1)
    await tallies.add("one", hits=2)
    assert await tallies.today("one") == {"hits": 5, "misses": 1}
    stream = EventStream(settings_of(six.url), "site-1")
    await stream.append([(1, b"a"), (2, b"b")])
    await stream.append([(2, b"b"), (3, b"c")])
    assert await stream.read(1) == [(2, b"b"), (3, b"c")]
    assert await stream.last() == (3, b"c")
    reading = asyncio.create_task(stream.read(3))
    await asyncio.sleep(0.05)
    await stream.append([(4, b"d")])
    assert await reading == [(4, b"d")], "one who waits is told"
    await stream.clear()
    assert await stream.last() is None
    await stream.close()


async def test_one_node_of_those_that_are_named_is_enough(six: Six) -> None:
    alone = await six.stands_by(PLANE)
    for url in (f"redis+cluster://127.0.0.1:1,{alone.url[8:-2]}", f"redis+cluster://{alone.url[8:-2]}/0"):
        client = connect(settings_of(url))
        assert await answers(client)
        await hang_up(client)


async def test_where_no_node_is_nothing_fails_but_in_the_end() -> None:
    client = connect(settings_of("redis+cluster://127.0.0.1:1,127.0.0.1:2"))
    assert not await answers(client)
    await Tallies(client).add("one", hits=1)
    assert await Entries(client, 60.0).get("key") is None
    plane = ControlPlane(client, 1.0)
    with pytest.raises(RedisUnavailableError):
        await plane.sync("e", 0)
    await plane.close()
    await hang_up(client)


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


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("redis+cluster://", "name nodes as host:port"),
        ("redis+cluster://user:hidden@one:port", "name nodes as host:port"),
        ("redis+cluster://user:hidden@one:70000,two", "name nodes as host:port"),
        ("redis+cluster://user:hidden@one:7000/3", "no database but 0"),
    ],
)
def test_a_url_that_names_no_cluster_is_refused_without_repeating_it(url: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told) as refused:
        load_settings(redis_url=url)
    assert "REDIS_URL" in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_a_url_says_who_asks_and_how() -> None:
    client = Cluster("rediss+cluster://ann:s%40fe@[::1]:7000,two?ssl_cert_reqs=none", timeout=1.0, connect_timeout=1.0)
    assert [(node.host, node.port) for node in client.startup_nodes] == [("::1", 7000), ("two", 6379)]
    options = client.connection_kwargs
    assert (options["username"], options["password"], options["ssl_cert_reqs"]) == ("ann", "s@fe", "none")
    assert "s@fe" not in repr(client)
