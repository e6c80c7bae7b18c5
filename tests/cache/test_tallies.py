"""Counts of what was found, for all processes."""

from redis.asyncio import Redis

from cache.tallies import Tallies


async def test_counts_add_up_for_each_site(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        tallies = Tallies(redis)
        await tallies.add("one", hits=3, misses=1)
        await Tallies(redis).add("one", hits=2)
        await tallies.add("another", misses=7)
        assert await tallies.today("one") == {"hits": 5, "misses": 1}
        assert await tallies.today("another") == {"misses": 7}
        assert await tallies.today("a third") == {}


async def test_without_redis_nothing_is_told_and_nothing_fails() -> None:
    async with Redis.from_url("redis://127.0.0.1:1/0") as redis:
        await Tallies(redis).add("one", hits=1)
