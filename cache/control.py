r"""What Redis knows of which kept responses are true: a clock, when what was touched last, and what is about to be.

One sorted set for each epoch, without a lifetime: one command reads all that is new, and it is there as a whole or not:

    #g            the clock: it goes up by one with each transaction that is ended
    #floor        nothing that is older is known any more
    #e:<epoch>    that nothing was lost since it was begun
    .<tag>        the clock when it was touched last
    .<tag>\0<xid>  a transaction is about to touch it: above every clock
    #x:<xid>      the clock when that transaction was ended
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from cache.client import Client
from cache.cluster import Cluster, Place
from cache.line import Command, Line, RedisUnavailableError, value_of

PLANE = "{broadsheet}:plane:"
DRAINED = "{broadsheet}:drained:"
MOST_MEMBERS = 50_000
"""After which the older half is forgotten: who is told of all of them at once must not wait long."""
FIRST_TIMEOUT = 2.0
"""Seconds for the first look at the whole set."""

_HISTORY = "INFO", "replication"
# KEYS[1]: the set. ARGV: the epoch, the transaction, then its tags.
_MARK = """
if not redis.call('ZSCORE', KEYS[1], '#e:' .. ARGV[1]) then return 0 end
for i = 3, #ARGV do redis.call('ZADD', KEYS[1], '+inf', ARGV[i] .. '\\0' .. ARGV[2]) end
return 1
"""
_UNMARK = """
for i = 3, #ARGV do redis.call('ZREM', KEYS[1], ARGV[i] .. '\\0' .. ARGV[2]) end
return 1
"""
_END = """
if not redis.call('ZSCORE', KEYS[1], '#e:' .. ARGV[1]) then return 0 end
local news = not redis.call('ZSCORE', KEYS[1], '#x:' .. ARGV[2])
for i = 3, #ARGV do
  -- Marked, though one of this number was ended: PostgreSQL crashed, and gave the number of one that was lost again.
  if redis.call('ZREM', KEYS[1], ARGV[i] .. '\\0' .. ARGV[2]) == 1 then news = true end
end
if news then
  local clock = redis.call('ZINCRBY', KEYS[1], 1, '#g')
  redis.call('ZADD', KEYS[1], clock, '#x:' .. ARGV[2])
  for i = 3, #ARGV do redis.call('ZADD', KEYS[1], clock, ARGV[i]) end
end
local members = redis.call('ZCARD', KEYS[1])
if members > %d then
  local floor = redis.call('ZRANGE', KEYS[1], members - %d, members - %d, 'WITHSCORES')[2]
  if floor ~= 'inf' then
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. floor)
    redis.call('ZADD', KEYS[1], floor, '#floor')
  end
end
return 1
"""
_BEGIN = """
redis.call('DEL', KEYS[1])
redis.call('ZADD', KEYS[1], 1, '#g', 1, '#floor', '+inf', '#e:' .. ARGV[1])
return 1
"""


@dataclass(frozen=True, slots=True)
class Sync:
    """What was new."""

    run_id: str
    is_there: bool
    """Whether the epoch is."""
    clock: int
    """The greatest that was seen; 0 for none new."""
    floor: int
    stamps: list[tuple[str, int]]
    pending: dict[str, set[int]]
    """All tags that transactions are about to touch, and which ones."""
    ended: list[int]


class ControlPlane:
    """The sets of epochs, in one Redis; calls raise RedisUnavailableError where no good answer comes in time."""

    def __init__(self, redis: Client, timeout: float, *, most_members: int = MOST_MEMBERS) -> None:
        # Reads wait for nobody who writes; all is in one slot of a cluster.
        where = Place(redis, PLANE) if isinstance(redis, Cluster) else redis.connection_pool
        self._reading, self._writing = (Line(where, timeout) for _ in range(2))
        self._end = _END % (most_members, most_members // 2, most_members // 2)

    async def sync(self, epoch: str, known: int) -> Sync:
        """What has a clock above `known`; 0 for all."""
        within = None if known else FIRST_TIMEOUT
        key = PLANE + epoch
        asked = ("ZRANGEBYSCORE", key, f"({known}", "+inf", "WITHSCORES"), ("ZSCORE", key, "#floor"), _HISTORY
        found, floor, history = await _good(self._reading, *asked, within=within)
        if not self._reading.is_of(history):
            await self._reading.renew()
            found, floor, _ = await _good(self._reading, *asked, within=within)
        stamps, ended, clock, is_there = [], [], 0, False
        pending: dict[str, set[int]] = {}
        for member, score in zip(found[::2], found[1::2], strict=True):
            name = member.decode()
            if score == b"inf":
                tag, mark, xid = name.partition("\0")
                if mark:
                    pending.setdefault(tag[1:], set()).add(int(xid))
                elif name == f"#e:{epoch}":
                    is_there = True
            elif name == "#g":
                clock = int(score)
            elif name.startswith("#x:"):
                ended.append(int(name[3:]))
            elif name != "#floor":
                stamps.append((name[1:], int(score)))
        return Sync(self._reading.run_id, is_there, clock, int(floor or 0), stamps, pending, ended)

    async def mark(self, epoch: str, run_id: str, xid: int, tags: Iterable[str]) -> bool:
        """Say that a transaction is about to touch these; False where this is not the place to say it."""
        for _ in range(2):
            done = await self._run(_MARK, epoch, xid, tags)
            if not done or self._writing.run_id == run_id:
                return done
            await self._writing.renew()  # it may have become the one in question since this was opened
        return False

    async def unmark(self, epoch: str, xid: int, tags: Iterable[str]) -> None:
        """Say that it did not."""
        await self._run(_UNMARK, epoch, xid, tags)

    async def end(self, epoch: str, xid: int, tags: Iterable[str]) -> bool:
        """Say that it did; again does no harm. False where the epoch is not there any more."""
        return await self._run(self._end, epoch, xid, tags)

    async def begin(self, epoch: str, before: str) -> str:
        """Begin a new epoch, and forget the one before; answers the run id of the server."""
        await self._writing.renew()
        await _good(self._writing, ("DEL", PLANE + before), ("DEL", DRAINED + before))
        await self._run(_BEGIN, epoch, 0, ())
        return self._writing.run_id

    async def drained(self, epoch: str) -> str | None:
        """The snapshot of PostgreSQL all of whose transactions were ended under this epoch."""
        [found] = await _good(self._writing, ("GET", DRAINED + epoch))
        return None if found is None else str(found.decode())

    async def set_drained(self, epoch: str, snapshot: str, seconds: float) -> None:
        """Say so, for a while."""
        await _good(self._writing, ("SET", DRAINED + epoch, snapshot, "PX", int(seconds * 1000)))

    async def policy(self) -> str:
        """What the server evicts when its memory is full."""
        [info] = await _good(self._writing, ("INFO", "memory"))
        return value_of(info, "maxmemory_policy")

    async def close(self) -> None:
        """Close the connections."""
        await self._reading.end()
        await self._writing.end()

    async def _run(self, script: str, epoch: str, xid: int, tags: Iterable[str]) -> bool:
        command: Command = "EVAL", script, 1, PLANE + epoch, epoch, xid, *(f".{tag}" for tag in tags)
        [done] = await _good(self._writing, command)
        return bool(done)


async def _good(line: Line, *commands: Command, within: float | None = None) -> list[Any]:
    answers = await line.ask(*commands, within=within)
    for answer in answers:
        if isinstance(answer, RedisError):
            # It may be one who may not be written to any more, and another one may be there by now.
            await line.renew()
            raise RedisUnavailableError(str(answer))
    return answers
