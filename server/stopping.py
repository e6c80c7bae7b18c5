"""A server that stops without hanging up on anybody.

First `/readyz` says no. After the delay of the settings no connection is taken any more: other processes on the same
socket get them. Answers say `Connection: close` from the beginning; sockets and streams are told to come again. A
connection that waits for its next request, or for its first, may have one on the way: it is kept as long as it would be
anyway, and closed after that request. Whatever runs longer than it may is cancelled, and that is logged.
"""

import asyncio
import signal
import socket
from types import FrameType

import structlog
import uvicorn

from core.collector import spare_what_stays
from server.http_protocol import BoundedHttpProtocol
from server.overload.gate import GATE, Gate

LOOK_EVERY = 0.1
"""Seconds between two looks at the connections that are left."""
DOORS = 8
"""Connections that are taken in one turn of the event loop. libuv takes one for each listening handle (since 1.45), and
under load, when turns are long, health checks would stand behind all who come."""
_AT_LEAST = 0.5
"""Seconds of the time to stop that are left for cancelling what has not ended."""

_LOG = structlog.get_logger("broadsheet.server")


class GracefulServer(uvicorn.Server):
    """Ends in peace however often it is told to, and leaves no signal to be raised again."""

    def __init__(self, config: uvicorn.Config, drain_delay: float) -> None:
        super().__init__(config)
        self._drain_delay = drain_delay
        self._hurries = False
        self._doors: list[socket.socket] = []
        self.ticked = 0
        """Grows as long as the event loop goes round."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; at once as far as idle connections go, where it was Ctrl-C."""
        del frame
        self._hurries = self._hurries or sig == signal.SIGINT
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        self._doors = [sock.dup() for sock in sockets or () for _ in range(DOORS - 1)]
        await super().startup(sockets and [*sockets, *self._doors])
        if self.started:
            spare_what_stays()

    async def on_tick(self, counter: int) -> bool:
        """Note that the event loop goes round."""
        self.ticked += 1
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, as the module says."""
        loop = asyncio.get_running_loop()
        gate: Gate | None = self.lifespan.state.get(GATE)
        if gate is not None:
            gate.is_draining = True
            for connection in self.server_state.connections:
                if isinstance(connection, BoundedHttpProtocol):
                    connection.keep_no_longer()
            await self._wait(loop.time() + self._drain_delay)
        for server in self.servers:
            server.close()
        for sock in (*(sockets or ()), *self._doors):
            sock.close()
        await self._tick(LOOK_EVERY)  # what was taken last becomes a connection
        ends = loop.time() + (self.config.timeout_graceful_shutdown or 0)
        idle_until = loop.time() + self.config.timeout_keep_alive
        while self.server_state.connections and loop.time() < ends - _AT_LEAST:
            if gate is not None:
                gate.is_closing = self._hurries or loop.time() >= idle_until
            for connection in list(self.server_state.connections):
                connection.shutdown()
            await self._tick(LOOK_EVERY)
        left = len(self.server_state.tasks)
        if left:
            _LOG.warning("stop_cancels", requests=left, seconds=self.config.timeout_graceful_shutdown)
        self.config.timeout_graceful_shutdown = max(round(ends - loop.time()), 1)
        await super().shutdown()

    async def _wait(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        while loop.time() < until and not self._hurries:
            await self._tick(min(LOOK_EVERY, until - loop.time()))

    async def _tick(self, seconds: float) -> None:
        self.ticked += 1
        await asyncio.sleep(seconds)
