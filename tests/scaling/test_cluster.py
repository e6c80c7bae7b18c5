"""All that is kept in Redis, kept in a cluster of it."""

import asyncio

import pytest

from cache.client import answers, connect, hang_up
from cache.cluster import Cluster
from cache.control import PLANE, ControlPlane
from cache.entries import Entries
from cache.event_stream import EventStream
from cache.line import RedisUnavailableError
from cache.persisted_queries import TEXTS, PersistedQueries
from cache.rate_limit import PREFIX, Rate, RateLimiter
from cache.tallies import Tallies
from core.errors import SettingsError
from core.settings import load_settings
from tests.scaling.clustered import settings_of
from tests.scaling.six import Six


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
