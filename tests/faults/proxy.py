"""What stands between one server process and Redis or PostgreSQL, and can be cut, black-holed, or made slow."""

import asyncio
from enum import Enum, auto

from tests.fixtures.relay import SIZE, End, Relay


class Way(Enum):
    """What becomes of what is sent."""

    OPEN = auto()
    CUT = auto()
    """Connections are closed, and new ones at once."""
    HOLE = auto()
    """Connections are taken, and nothing ever comes back."""


class Proxy(Relay):
    """A TCP port in front of a unix socket."""

    def __init__(self, socket: str) -> None:
        super().__init__()
        self.socket = socket
        """Where new connections lead."""
        self._way = Way.OPEN
        self.delay = 0.0
        """Seconds that each answer is held back."""
        self._forgotten = 0
        """Connections of so many times are never heard of again."""

    @property
    def url(self) -> str:
        """Of the Redis behind it."""
        return f"redis://127.0.0.1:{self.port}/0"

    async def lead(self, way: Way) -> None:
        """From now on that way; what was open on the old one is closed, but for a black hole, which hides it."""
        was, self._way = self._way, way
        if way is Way.CUT or was is Way.HOLE:
            await self.hang_up()

    def forget(self) -> None:
        """Lead those who come anew from now on, and leave those in the black hole that are there."""
        self._forgotten += 1
        self._way = Way.OPEN

    async def reach(self) -> End | None:
        return None if self._way is Way.CUT else await asyncio.open_unix_connection(self.socket)

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, back: bool) -> None:
        began = self._forgotten
        while data := await reader.read(SIZE):
            if back and self.delay:
                await asyncio.sleep(self.delay)
            if self._way is not Way.HOLE and began == self._forgotten:
                writer.write(data)
                await writer.drain()
