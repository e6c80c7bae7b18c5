"""Who says which kept responses are still true: Redis, as long as it can be believed, and PostgreSQL at any time."""

from typing import Protocol

from server.responses.clock import Clock
from server.responses.entry import Entry, Moment
from server.responses.watermark import LEASE, LOOK_EVERY, Watermark


class Plane(Protocol):
    """One that was asked after a request came."""

    def holds(self, entry: Entry) -> bool:
        """Whether a response is still true."""

    def moment(self) -> Moment:
        """From when all is that is read from now on."""

    def is_unchanged(self, since: Moment) -> bool:
        """Whether nothing at all was touched since then."""


class Planes:
    """The clock of PostgreSQL, and before it, where there is one, that of Redis."""

    def __init__(self, clock: Clock, watermark: Watermark | None = None) -> None:
        self.clock = clock
        self.watermark = watermark
        self.last: Plane = clock
        """Who was asked last."""

    async def look(self) -> Plane:
        """One that knows of everything that was answered before this was called.

        Raises:
            ClientError: neither can say.

        """
        watermark = self.watermark
        if watermark is not None and watermark.is_open and await self._is_synced(watermark):
            self.last = watermark
        else:
            await self.clock.look()
            self.last = self.clock
        return self.last

    async def _is_synced(self, watermark: Watermark) -> bool:
        clock = self.clock
        age = clock.age()
        if age > LEASE:
            await clock.look()
        elif age > LOOK_EVERY:
            clock.look.soon()
        return await watermark.is_synced()
