"""What stands between one server process and Redis or PostgreSQL, and can be cut, black-holed, or made slow."""

import asyncio
import contextlib
from enum import Enum, auto

SIZE = 65_536


class Way(Enum):
    """What becomes of what is sent."""

    OPEN = auto()
    CUT = auto()
    """Connections are closed, and new ones at once."""
    HOLE = auto()
    """Connections are taken, and nothing ever comes back."""


class Proxy:
    """A TCP port in front of a unix socket."""

    def __init__(self, socket: str) -> None:
        self.socket = socket
        """Where new connections lead."""
        self._way = Way.OPEN
        self.delay = 0.0
        """Seconds that each answer is held back."""
        self._server: asyncio.Server | None = None
        self._pairs: set[asyncio.Task[None]] = set()
        self._forgotten = 0
        """Connections of so many times are never heard of again."""

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """Of the Redis behind it."""
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._hang_up()
        await self._server.wait_closed()

    async def lead(self, way: Way) -> None:
        """From now on that way; what was open on the old one is closed, but for a black hole, which hides it."""
        was, self._way = self._way, way
        if way is Way.CUT or was is Way.HOLE:
            await self._hang_up()

    def forget(self) -> None:
        """Lead those who come anew from now on, and leave those in the black hole that are there."""
        self._forgotten += 1
        self._way = Way.OPEN

    async def _hang_up(self) -> None:
        pairs = list(self._pairs)
        for pair in pairs:
            pair.cancel()
        await asyncio.gather(*pairs, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pairs.add(task)
        try:
            if self._way is not Way.CUT:
                await self._joined(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # the server is gone, or the way is cut: either way the client is hung up on
        finally:
            await _closed(writer)
            self._pairs.discard(task)

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(self.socket)
        pumps = [
            asyncio.create_task(self._pump(reader, far_writer, back=False)),
            asyncio.create_task(self._pump(far_reader, writer, back=True)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # At once: whoever hangs up may cancel what is awaited here.
            far_writer.close()
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            await _closed(far_writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, back: bool) -> None:
        began = self._forgotten
        while data := await reader.read(SIZE):
            if back and self.delay:
                await asyncio.sleep(self.delay)
            if self._way is not Way.HOLE and began == self._forgotten:
                writer.write(data)
                await writer.drain()


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, asyncio.CancelledError):
        await writer.wait_closed()
