"""Points that callers may spend: a bucket for each, by the generic cell rate algorithm (GCRA, ITU-T I.371).

A bucket is one instant: when all that was spent will have been earned back. What is spent moves it on by cost / rate;
as long as it is no more than burst / rate ahead of now, there is something left. Redis holds the instants, by its own
clock, and one script changes them.

No request waits for Redis: each process decides by what it knows, and settles in the background, many callers in one
call, some tens of milliseconds later. Between two settlements a caller may therefore spend a little more than his due,
once for each process; it is a limiter against abuse, not an account book. Without Redis each process goes on by itself.
"""

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from cache.client import LOST, Client
from core.chores import goes_on

PREFIX = "{rate}:"  # one slot of a cluster, so that one script may touch many
SETTLE_EVERY = 0.05
"""Seconds between two settlements."""
MOST_CALLERS = 50_000
MOST_AT_ONCE = 500

# KEYS: the buckets. ARGV: for each, the microseconds that were spent, and the most that a bucket may be ahead.
_SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local ahead = {}
for i, key in ipairs(KEYS) do
  local spent, most = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local full_at = math.max(tonumber(redis.call('GET', key) or '0'), now)
  full_at = math.min(full_at + spent, now + most)
  if full_at > now then
    redis.call('SET', key, string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000) + 1000)
  end
  ahead[i] = string.format('%.0f', full_at - now)
end
return ahead
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """Points that come back in a second, and how many there are at most."""

    per_second: float
    burst: int


class Verdict(NamedTuple):
    """What became of a charge: whether it was allowed, and the bucket after it. Times are seconds from now."""

    allowed: bool
    limit: int
    per_second: float
    remaining: int
    reset_after: float
    retry_after: float


@dataclass(slots=True)
class _Bucket:
    rate: Rate
    full_at: float
    """When all is earned back, by this process's clock."""
    unsettled: float = 0.0
    """Seconds' worth that Redis does not know of yet."""


class RateLimiter:
    """The buckets of one process's callers."""

    def __init__(self, redis: Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._clock = clock
        self._script = redis.register_script(_SCRIPT)
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._unsettled: set[str] = set()
        self._wake = asyncio.Event()

    def charge(self, caller: str, cost: int, rate: Rate) -> Verdict:
        """Take `cost` points from a caller's bucket, if it has them; else nothing is taken. Waits for nobody."""
        now = self._clock()
        bucket = self._bucket(caller, rate, now)
        ahead = max(bucket.full_at - now, 0.0)
        spent = cost / rate.per_second
        most = rate.burst / rate.per_second
        if ahead + spent > most + 1e-9:
            return _verdict(rate, ahead, allowed=False, retry_after=ahead + spent - most)
        if spent:
            bucket.full_at = now + ahead + spent
            bucket.unsettled += spent
            self._unsettled.add(caller)
            self._wake.set()
        return _verdict(rate, ahead + spent, allowed=True)

    def look(self, caller: str, rate: Rate) -> Verdict:
        """The bucket as it is."""
        return self.charge(caller, 0, rate)

    async def settle_forever(self) -> None:
        """Tell Redis what was spent, and learn what was spent elsewhere, until cancelled."""
        while goes_on():
            await self._wake.wait()
            await asyncio.sleep(SETTLE_EVERY)
            self._wake.clear()
            with contextlib.suppress(*LOST):
                await self.settle()

    async def settle(self) -> None:
        """Tell Redis what was spent since the last time, and take over what it knows.

        What is spent meanwhile is left to the next time: else a busy process would be at it without an end.

        Raises:
            One of LOST: Redis cannot be reached; what was spent is told the next time.

        """
        left = len(self._unsettled)
        while left > 0 and self._unsettled:
            callers = [self._unsettled.pop() for _ in range(min(len(self._unsettled), left, MOST_AT_ONCE))]
            left -= len(callers)
            spent = [self._buckets[caller].unsettled for caller in callers]
            for caller in callers:
                self._buckets[caller].unsettled = 0.0
            try:
                ahead = await self._tell(callers, spent)
            except LOST:
                for caller, seconds in zip(callers, spent, strict=True):
                    if caller in self._buckets:
                        self._buckets[caller].unsettled += seconds
                        self._unsettled.add(caller)
                raise
            now = self._clock()
            for caller, microseconds in zip(callers, ahead, strict=True):
                if caller in self._buckets:
                    bucket = self._buckets[caller]
                    bucket.full_at = now + microseconds / 1e6 + bucket.unsettled

    async def _tell(self, callers: list[str], spent: list[float]) -> list[float]:
        arguments: list[int] = []
        for caller, seconds in zip(callers, spent, strict=True):
            rate = self._buckets[caller].rate
            arguments += [round(seconds * 1e6), round(rate.burst / rate.per_second * 1e6)]
        answer = await self._script(keys=[PREFIX + caller for caller in callers], args=arguments)
        return [float(one) for one in answer]

    def _bucket(self, caller: str, rate: Rate, now: float) -> _Bucket:
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = self._buckets[caller] = _Bucket(rate, now)
            if len(self._buckets) > MOST_CALLERS:
                dropped, _ = self._buckets.popitem(last=False)
                self._unsettled.discard(dropped)
        else:
            bucket.rate = rate
            self._buckets.move_to_end(caller)
        return bucket


def _verdict(rate: Rate, ahead: float, *, allowed: bool, retry_after: float = 0.0) -> Verdict:
    remaining = max(0, int(rate.burst - ahead * rate.per_second + 1e-6))
    return Verdict(allowed, rate.burst, rate.per_second, remaining, ahead, retry_after)
