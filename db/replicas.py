"""Reads from replicas, which show nothing that the primary would not show at the same moment.

A response may be read from a replica when that has replayed at least what was committed when the request arrived
(`db.position`). So nothing is missing in it that was answered before. What the cache keeps of it carries the snapshot
and the look from before, as ever: each transaction that these see is in the response.

**Nor may it show too much.** A replica shows a transaction when it has replayed its commit record, the primary when the
transaction has left the list of those that run: that is after its record was flushed, and where the primary waits for
replicas (`synchronous_standby_names`), as long after as that takes. Somebody who saw it here might then be shown the
state before it by the primary, or by a kept response. So before an answer leaves, the replica is asked, by a statement
after the last one of the answer, which changes it shows that the primary did not when it was asked last. Mostly there
are none. Else the primary is asked until it shows them; and if it does not soon, the answer is thrown away and read
again there.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from core.settings import Settings
from db.connections import Connections
from db.pools import PoolState
from db.position import Position, Primary
from db.replica import Replica, ReplicaError

POLL_EVERY = 0.002
"""Seconds between two looks at a replica that is waited for."""


@dataclass(slots=True)
class Counts:
    """Responses, by where they were read from."""

    replica: int = 0
    behind: int = 0
    """From the primary, as no replica had come far enough."""
    left: int = 0
    """From a replica and then from the primary, as a statement failed."""
    repeated: int = 0
    """Read again from the primary, as the replica showed what the primary did not."""


class Reading:
    """The statements of one response: to a replica, and after the first that fails there, to the primary."""

    def __init__(self, replicas: "Replicas", primary: Connections, position: Position | None) -> None:
        self._replicas = replicas
        self._position = position
        self._primary = primary
        self._choice: asyncio.Task[Replica | None] | None = None
        self._is_left = False

    async def fetch(
        self, sql: str, arguments: list[Any], *, rows: type[Any] | None = None, prepared: bool = True
    ) -> list[Any]:
        """Run one statement; raises as `Connections.fetch` does, for the primary."""
        if self._choice is None:
            self._choice = asyncio.create_task(self._replicas.choose(self._position))
        # Others of this response wait for it, too.
        replica = await asyncio.shield(self._choice)
        if replica is not None and not self._is_left:
            try:
                # In a task of its own, for its timeout: whoever reads may share one with others.
                return await asyncio.create_task(replica.fetch(sql, arguments, rows=rows, prepared=prepared))
            except ReplicaError:
                # Lost, or in the way of what it replays.
                if not self._is_left:
                    self._is_left = True
                    self._replicas.counts.left += 1
        return await self._primary.fetch(sql, arguments, rows=rows, prepared=prepared)

    async def is_confirmed(self) -> bool:
        """Whether the primary shows all that was read; asked after the last statement."""
        replica = None if self._choice is None else await self._choice
        return replica is None or await self._replicas.confirm(replica)


class Replicas:
    """All of a process."""

    def __init__(self, settings: Settings, primary: Connections) -> None:
        self.counts = Counts()
        self._connections = primary
        self._primary = Primary(primary)
        self._wait = settings.replica_wait
        self._replicas = [Replica(settings, url, self._primary) for url in settings.replicas]
        self._next = 0

    def reading(self, position: Position | None = None) -> Reading:
        """For one response; `position` is from after its question came, and from before its first statement."""
        return Reading(self, self._connections, position)

    async def choose(self, position: Position | None) -> Replica | None:
        """One that shows all that was visible there, or else all that was committed before this.

        None: only the primary does.
        """
        if not any(replica.is_open for replica in self._replicas):
            return None
        if position is not None:
            self._primary.note(position)
        else:
            try:
                await self._primary.look()
            except Exception:  # noqa: BLE001 - who asks the primary now is told
                return None
            position = self._primary.position
            assert position is not None
        replica = self._current(position) or await self._awaited(position)
        if replica is None:
            self.counts.behind += 1
        else:
            self.counts.replica += 1
        return replica

    async def confirm(self, replica: Replica) -> bool:
        """Whether the primary shows all that the replica does now; waits for it a while."""
        await replica.look()
        if not replica.replayed:
            # It is lost, was promoted, or follows another one, and nobody knows since when.
            self.counts.repeated += 1
            return False
        loop = asyncio.get_running_loop()
        until = loop.time() + self._wait
        while self._is_ahead(replica):
            if loop.time() > until:
                self.counts.repeated += 1
                return False
            try:
                await self._primary.look()
            except Exception:  # noqa: BLE001 - who asks the primary now is told
                return False
        return True

    def pools(self) -> list[PoolState]:
        """How the connections to each are at the moment."""
        return [replica.pool(f"replica{number}") for number, replica in enumerate(self._replicas, 1)]

    async def close(self) -> None:
        """Close every connection."""
        for replica in self._replicas:
            await replica.close()

    def _is_ahead(self, replica: Replica) -> bool:
        position, ahead = self._primary.position, replica.ahead
        return ahead is None or position is None or not all(map(position.snapshot.sees, ahead))

    def _current(self, position: Position) -> Replica | None:
        """One that has come far enough, in turn; those that have not are asked whether they have by now."""
        replicas = self._replicas
        for replica in replicas:
            if not replica.has(position.place, position.origin):
                replica.look_soon()
        for _ in replicas:
            self._next = (self._next + 1) % len(replicas)
            replica = replicas[self._next]
            if replica.has(position.place, position.origin):
                return replica
        return None

    async def _awaited(self, position: Position) -> Replica | None:
        """The first that comes far enough in time; those that do not are not waited for again for a while."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._wait
        while True:
            awaited = [replica for replica in self._replicas if replica.is_awaited]
            if not awaited:
                return None
            await asyncio.wait(
                [asyncio.ensure_future(replica.look()) for replica in awaited],
                timeout=max(until - loop.time(), 0.0),
                return_when=asyncio.FIRST_COMPLETED,
            )
            found = self._current(position)
            if found is not None:
                return found
            if loop.time() > until:
                for replica in awaited:
                    replica.lags()
                return None
            await asyncio.sleep(POLL_EVERY)
