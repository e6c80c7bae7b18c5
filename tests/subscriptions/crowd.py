"""Many who listen, to all server processes at once, and come again whenever they are cut off."""

import asyncio
import json
import resource
from collections import Counter
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import asyncpg
import websockets

from tests.faults.world import Server
from tests.subscriptions.listening import POST

QUERY = "subscription ($after: String) { told: postPublished(afterEvent: $after) { eventId kind post { title } } }"
OPENED_AT_ONCE = 40
LOST = (OSError, websockets.WebSocketException, TimeoutError, EOFError)


def many_files() -> None:
    """Let this process have as many sockets as it may."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@dataclass
class Listener:
    """One who notes what he is told."""

    server: Server
    titles: list[str] = field(default_factory=list)
    last: str | None = None
    connections: int = 0
    gaps: int = 0

    async def listen(self, turns: asyncio.Semaphore) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._connected(turns)
            except LOST:
                await asyncio.sleep(0.2)

    async def _connected(self, turns: asyncio.Semaphore) -> None:
        async with turns:
            connection = await websockets.connect(
                f"ws://127.0.0.1:{self.server.port}/graphql",
                subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
                compression=None,
                open_timeout=20,
                ping_interval=None,
            )
            await connection.send(json.dumps({"type": "connection_init"}))
            await connection.recv()
            payload = {"query": QUERY, "variables": {"after": self.last}}
            await connection.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            self.connections += 1
        try:
            while True:
                self._note(json.loads(await connection.recv()))
        finally:
            await connection.close()

    def _note(self, message: dict[str, Any]) -> None:
        if message["type"] != "next":
            raise ConnectionResetError(message)
        told = message["payload"]["data"]["told"]
        self.last = told["eventId"]
        if told["kind"] == "GAP":
            self.gaps += 1
        else:
            self.titles.append(told["post"]["title"])


@dataclass
class Crowd:
    """All of them."""

    listeners: list[Listener]
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def begin(self) -> None:
        turns = asyncio.Semaphore(OPENED_AT_ONCE)
        self._tasks = [asyncio.create_task(one.listen(turns)) for one in self.listeners]

    async def have(self, number: int, within: float) -> float:
        """Wait until all were told of so many events; seconds that it took."""
        began = perf_counter()
        while any(len(one.titles) < number for one in self.listeners):
            if perf_counter() - began > within:
                missing = Counter(len(one.titles) for one in self.listeners)
                raise AssertionError(f"not told in time: {missing}")
            for task in self._tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.05)
        return perf_counter() - began

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def wrong(self, titles: list[str]) -> list[int]:
        """Who was not told exactly this, in this order."""
        return [number for number, one in enumerate(self.listeners) if one.titles != titles]


async def publish(connection: asyncpg.Connection, author_id: int, first: int, number: int, every: float) -> None:
    """So many posts, one after the other."""
    for count in range(first, first + number):
        await connection.execute(POST, f"p{count}", author_id, "PUBLISHED")
        await asyncio.sleep(every)
