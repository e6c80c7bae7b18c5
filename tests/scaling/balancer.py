"""What stands before several servers: each new connection goes to the next of them that takes it."""

import asyncio
import contextlib
from collections import Counter
from itertools import count
from typing import Self

SIZE = 65_536


class Balancer:
    """A TCP port. What is open stays where it is, unless it is cut."""

    def __init__(self, *ports: int) -> None:
        self.ports = list(ports)
        """Of those that it leads to; may be changed at any time."""
        self.taken: Counter[int] = Counter()
        """How many connections went to each port."""
        self._turns = count()
        self._server: asyncio.Server | None = None
        self._pairs: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self.cut()
        await self._server.wait_closed()

    async def cut(self) -> None:
        """Hang up on all."""
        pairs = list(self._pairs)
        for pair in pairs:
            pair.cancel()
        await asyncio.gather(*pairs, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pairs.add(task)
        try:
            for _ in self.ports:
                with contextlib.suppress(OSError):
                    port = self.ports[next(self._turns) % len(self.ports)]
                    there = await asyncio.open_connection("127.0.0.1", port)
                    self.taken[port] += 1
                    await self._joined((reader, writer), there)
                    break
        except asyncio.CancelledError:
            pass  # it is cut
        finally:
            await _closed(writer)
            self._pairs.discard(task)

    @staticmethod
    async def _joined(*ends: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        (reader, writer), (other_reader, other_writer) = ends
        pumps = [
            asyncio.create_task(_pumped(reader, other_writer)),
            asyncio.create_task(_pumped(other_reader, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            other_writer.close()
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            await _closed(other_writer)


async def _pumped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(SIZE):
            writer.write(data)
            await writer.drain()


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, asyncio.CancelledError):
        await writer.wait_closed()
