"""Texts of persisted queries, by hash, for all processes: so many and no more; what was longest unused goes first."""

from cache.client import LOST, Client

TEXTS, USED = "{persisted}:texts", "{persisted}:used"
KEPT_SECONDS = 30 * 86_400
"""After which the whole store goes when nobody uses any of it."""

# KEYS: texts by hash, hashes by the time of their last use. ARGV: hash, the most, seconds, and a text to put there.
_SCRIPT = """
local hash, most, text = ARGV[1], tonumber(ARGV[2]), ARGV[4]
if text then
  redis.call('HSET', KEYS[1], hash, text)
else
  text = redis.call('HGET', KEYS[1], hash)
  if not text then return false end
end
local time = redis.call('TIME')
redis.call('ZADD', KEYS[2], time[1] + time[2] / 1000000, hash)
local over = redis.call('ZCARD', KEYS[2]) - most
if over > 0 then
  for _, old in ipairs(redis.call('ZRANGE', KEYS[2], 0, over - 1)) do
    redis.call('HDEL', KEYS[1], old)
    redis.call('ZREM', KEYS[2], old)
  end
end
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[3]) end
return text
"""


class PersistedQueries:
    """The store of one Redis. Its loss costs a client one request more, so none of this raises."""

    def __init__(self, redis: Client, most: int) -> None:
        self._script = redis.register_script(_SCRIPT)
        self._most = most

    async def get(self, key: str) -> str | None:
        """The text of a hash, if it is there."""
        try:
            found = await self._script([TEXTS, USED], [key, self._most, KEPT_SECONDS])
        except LOST:
            return None
        return None if found is None else bytes(found).decode()

    async def put(self, key: str, text: str) -> None:
        """Keep a text."""
        try:
            await self._script([TEXTS, USED], [key, self._most, KEPT_SECONDS, text])
        except LOST:
            return
