"""The limiter by itself, against a model of a bucket and over a real Redis."""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.exceptions import RedisError

from cache import rate_limit
from cache.rate_limit import PREFIX, Rate, RateLimiter
from tests.model.examples import examples

AWAY = "redis://127.0.0.1:1/0"
"""A port where nobody listens."""
RATE = Rate(10.0, 100)


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Model:
    """A bucket of tokens, as textbooks have it."""

    rate: Rate
    at: float
    tokens: float = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = float(self.rate.burst)

    def look(self, now: float) -> float:
        self.tokens = min(self.rate.burst, self.tokens + (now - self.at) * self.rate.per_second)
        self.at = now
        return self.tokens


def limiter_of(clock: Clock) -> RateLimiter:
    """A limiter that never gets to Redis."""
    return RateLimiter(Redis.from_url(AWAY), clock)


rates = st.builds(Rate, st.integers(1, 1_000).map(float), st.integers(1, 5_000))
# Times of whole 1024ths are exact in binary, so that the model and the limiter do not differ by rounding alone.
steps = st.lists(st.tuples(st.integers(0, 4_096).map(lambda n: n / 1_024), st.integers(0, 6_000)), max_size=40)


@examples(200)
@given(rate=rates, steps=steps)
async def test_the_limiter_is_a_bucket_of_tokens(rate: Rate, steps: list[tuple[float, int]]) -> None:
    clock = Clock()
    limiter, model = limiter_of(clock), Model(rate, clock.now)
    for wait, cost in steps:
        clock.now += wait
        before = model.look(clock.now)
        verdict = limiter.charge("caller", cost, rate)
        if abs(before - cost) > 1e-3:
            assert verdict.allowed == (cost < before)
        if verdict.allowed:
            model.tokens -= cost
        assert abs(verdict.remaining - max(model.tokens, 0.0)) < 1.001
        assert verdict.reset_after == pytest.approx((rate.burst - model.tokens) / rate.per_second, abs=1e-3)
        if not verdict.allowed:
            assert verdict.retry_after == pytest.approx((cost - before) / rate.per_second, abs=1e-3)
        assert limiter.look("caller", rate).remaining == verdict.remaining


@examples(200)
@given(rate=rates, steps=steps)
async def test_in_no_window_is_more_allowed_than_the_burst_and_what_came_back(
    rate: Rate, steps: list[tuple[float, int]]
) -> None:
    clock = Clock()
    limiter = limiter_of(clock)
    allowed: list[tuple[float, int]] = []
    for wait, cost in steps:
        clock.now += wait
        if limiter.charge("caller", cost, rate).allowed:
            allowed.append((clock.now, cost))
    for first, (begin, _) in enumerate(allowed):
        spent = 0
        for end, cost in allowed[first:]:
            spent += cost
            assert spent <= rate.burst + rate.per_second * (end - begin) + 1e-3


async def test_what_is_refused_takes_nothing_and_tells_when_to_come_again() -> None:
    clock = Clock()
    limiter = limiter_of(clock)
    assert limiter.charge("caller", 95, RATE).remaining == 5
    for _ in range(3):
        verdict = limiter.charge("caller", 10, RATE)
        assert (verdict.allowed, verdict.remaining) == (False, 5)
        assert verdict.retry_after == pytest.approx(0.5)
    clock.now += verdict.retry_after
    assert limiter.charge("caller", 10, RATE).allowed
    assert limiter.look("caller", RATE).remaining == 0


async def test_callers_have_buckets_of_their_own() -> None:
    limiter = limiter_of(Clock())
    assert limiter.charge("one", 100, RATE).allowed
    assert not limiter.charge("one", 1, RATE).allowed
    assert limiter.charge("other", 100, RATE).allowed


async def test_two_processes_see_each_others_spending_after_they_settled(redis: Redis) -> None:
    clock = Clock()
    one, other = RateLimiter(redis, clock), RateLimiter(redis, clock)
    slow = Rate(0.001, 100)
    one.charge("caller", 60, slow)
    other.charge("caller", 30, slow)
    await one.settle()
    await other.settle()
    assert other.look("caller", slow).remaining == 10
    assert not other.charge("caller", 11, slow).allowed
    assert one.look("caller", slow).remaining == 40  # what it knew then
    one.charge("caller", 1, slow)
    await one.settle()
    assert one.look("caller", slow).remaining == 9


async def test_what_is_spent_is_told_once(redis: Redis) -> None:
    clock = Clock()
    slow = Rate(0.001, 100)
    limiter = RateLimiter(redis, clock)
    limiter.charge("caller", 10, slow)
    for _ in range(3):
        await limiter.settle()
    assert limiter.look("caller", slow).remaining == 90


async def test_together_processes_may_overdraw_once_and_then_wait(redis: Redis) -> None:
    slow = Rate(0.001, 100)
    limiters = [RateLimiter(redis, Clock()) for _ in range(3)]
    for limiter in limiters:
        assert limiter.charge("caller", 100, slow).allowed
    for limiter in limiters:
        await limiter.settle()
        assert not limiter.charge("caller", 1, slow).allowed
        assert limiter.look("caller", slow).reset_after <= 100 / 0.001  # a debt is not carried on for ever


async def test_more_callers_than_one_call_holds_are_all_told(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "MOST_AT_ONCE", 3)
    limiter = RateLimiter(redis, Clock())
    for number in range(10):
        limiter.charge(f"caller {number}", 10, Rate(0.001, 100))
    await limiter.settle()
    assert len(await redis.keys(f"{PREFIX}*")) == 10


async def test_keys_in_redis_go_when_all_is_earned_back(redis: Redis) -> None:
    limiter = RateLimiter(redis, Clock())
    limiter.charge("caller", 50, RATE)
    await limiter.settle()
    [key] = await redis.keys("*")
    assert key == f"{PREFIX}caller".encode()
    assert 0 < await redis.pttl(key) <= 6_000


async def test_what_was_only_looked_at_is_not_told(redis: Redis) -> None:
    limiter = RateLimiter(redis, Clock())
    limiter.look("caller", RATE)
    assert not limiter.charge("caller", 101, RATE).allowed
    await limiter.settle()
    assert await redis.keys("*") == []


async def test_without_redis_a_limiter_goes_on_and_tells_it_later(redis: Redis) -> None:
    clock = Clock()
    slow = Rate(0.001, 100)
    limiter = limiter_of(clock)
    limiter.charge("caller", 60, slow)
    for _ in range(2):
        with pytest.raises((RedisError, OSError)):
            await limiter.settle()
    assert not limiter.charge("caller", 41, slow).allowed
    assert limiter.charge("caller", 10, slow).allowed
    limiter._redis = redis
    limiter._script = redis.register_script(rate_limit._SCRIPT)
    await limiter.settle()
    other = RateLimiter(redis, clock)
    other.charge("caller", 1, slow)
    await other.settle()
    assert other.look("caller", slow).remaining == 29


async def test_what_is_spent_while_redis_is_asked_counts_too(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Rate(0.001, 100)
    limiter = RateLimiter(redis, Clock())
    tell, tries = limiter._tell, iter([True, False])

    async def once(callers: list[str], spent: list[float]) -> list[float]:
        if not next(tries):
            raise RedisError
        limiter.charge("caller", 20, slow)
        return await tell(callers, spent)

    with monkeypatch.context() as patch:
        patch.setattr(limiter, "_tell", once)
        limiter.charge("caller", 10, slow)
        await limiter.settle()
        with pytest.raises(RedisError):
            await limiter.settle()
    assert limiter.look("caller", slow).remaining == 70
    await limiter.settle()
    assert limiter.look("caller", slow).remaining == 70
    assert RateLimiter(redis, Clock()).look("caller", slow).remaining == 100  # it did not ask yet


async def test_a_million_callers_do_not_fill_the_memory(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "MOST_CALLERS", 10)
    limiter = RateLimiter(redis, Clock())
    for number in range(100):
        limiter.charge(f"caller {number}", 1, RATE)
    assert len(limiter._buckets) == 10
    assert len(limiter._unsettled) == 10
    await limiter.settle()
    limiter.charge("caller 90", 1, RATE)
    limiter.charge("another", 1, RATE)
    assert "caller 90" in limiter._buckets  # it was used last but one
    assert "caller 91" not in limiter._buckets


async def test_what_is_spent_while_it_settles_is_left_to_the_next_time(redis: Redis) -> None:
    limiter, told, slow = RateLimiter(redis), list[list[str]](), Rate(0.001, 100)
    tell = limiter._tell

    async def spending(callers: list[str], spent: list[float]) -> list[float]:
        told.append(callers)
        limiter.charge("another", 1, slow)
        limiter.charge("caller", 1, slow)
        return await tell(callers, spent)

    limiter._tell = spending  # type: ignore[method-assign]
    limiter.charge("caller", 1, slow)
    await limiter.settle()
    assert told == [["caller"]]
    await limiter.settle()
    assert sorted(told[1]) == ["another", "caller"]
    assert limiter.look("caller", slow).remaining == 97


async def test_it_settles_by_itself(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "SETTLE_EVERY", 0.001)
    limiter = RateLimiter(redis)
    settling = asyncio.create_task(limiter.settle_forever())
    try:
        limiter.charge("caller", 50, Rate(0.001, 100))
        async with asyncio.timeout(60):
            while not await redis.keys("*"):  # noqa: ASYNC110 - Redis tells nobody
                await asyncio.sleep(0.01)
    finally:
        settling.cancel()
        await asyncio.wait([settling])
