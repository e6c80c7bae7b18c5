"""How pools of connections to PostgreSQL are, for whoever watches."""

from dataclasses import dataclass

from sqlalchemy import QueuePool
from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True)
class PoolState:
    """One pool at the moment; the last two are counts since it was made, None where nobody counts."""

    name: str
    most: int
    in_use: int
    idle: int
    waiting: int
    timeouts: int | None = None
    lost: int | None = None


def pool_of(name: str, engine: AsyncEngine, most: int, wanted: int) -> PoolState:
    """That of an engine whose connections so many sessions want at the moment, each one of them."""
    pool = engine.sync_engine.pool
    assert isinstance(pool, QueuePool)
    return PoolState(name, most, pool.checkedout(), pool.checkedin(), max(0, wanted - most))
