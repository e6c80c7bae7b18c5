"""Clients who ask all the time, and take every answer but the right one for a failure."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

import orjson

from tests.faults.wire import Connection, Reply, get, post

READ = "{ posts { totalCount } }"
WRITE = "mutation ($name: String!) { createTag(input: {name: $name}) { tag { name } userErrors { message } } }"


@dataclass
class Steady:
    """What they were answered."""

    port: int
    token: dict[str, str]
    answers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    closed: int = 0
    """Answers that said that the connection ends."""
    _done: bool = False

    async def keep(self, random: Random, thought: float) -> None:
        """Ask over one connection for as long as it lasts, thinking in between."""
        connection = Connection(self.port)
        while not self._done:
            # As every pool of connections does, with those that were closed for being idle.
            if connection.is_closed:
                await connection.close()
            reply = await self._ask("kept", connection, get(READ) if random.random() < 0.5 else post(READ))
            if reply is None or reply.headers.get(b"connection") == b"close":
                self.closed += reply is not None
                await connection.close()
            await asyncio.sleep(random.random() * thought)
        await connection.close()

    async def come_anew(self, random: Random) -> None:
        """Ask over a new connection each time; sometimes connect first, and ask later."""
        while not self._done:
            connection = Connection(self.port)
            try:
                await connection.open()
                await asyncio.sleep(random.choice((0.0, 0.0, 0.001, 0.05, 0.5)))
                await self._ask("new", connection, post(READ))
            except OSError as error:
                self.failures.append(f"new: {error!r}")
            await connection.close()
            await asyncio.sleep(random.random() * 0.02)

    async def write(self, number: int) -> None:
        """Write, each time something new, over one connection for as long as it lasts."""
        connection, count = Connection(self.port), 0
        while not self._done:
            count += 1
            name = f"Tag {number} {count}"
            reply = await self._ask("written", connection, post(WRITE, {"name": name}, self.token))
            if reply is not None:
                self.written.append(name)
            if reply is None or reply.headers.get(b"connection") == b"close":
                await connection.close()
            await asyncio.sleep(0.01)
        await connection.close()

    @asynccontextmanager
    async def asking(self, seed: int, kept: int = 12, new: int = 4, writers: int = 2) -> AsyncIterator[None]:
        """Ask as long as the block lasts."""
        random = Random(seed)
        # Nobody thinks for so long that his connection is closed for being idle: that goes wrong now and then anyway.
        thoughts = [random.choice((0.0, 0.02, 0.3, 1.0)) for _ in range(kept)]
        clients = [
            *(self.keep(Random(random.random()), thought) for thought in thoughts),
            *(self.come_anew(Random(random.random())) for _ in range(new)),
            *(self.write(number) for number in range(writers)),
        ]
        tasks = [asyncio.create_task(client) for client in clients]
        try:
            yield
        finally:
            self._done = True
            await asyncio.gather(*tasks)

    async def _ask(self, who: str, connection: Connection, request: bytes) -> Reply | None:
        try:
            reply = await connection.ask(request)
        except OSError as error:
            self.failures.append(f"{who}: {error!r}")
            return None
        if reply.status != 200 or b'"data":{' not in reply.body or b'"userErrors":[{' in reply.body:
            self.failures.append(f"{who}: {reply.status} {reply.body[:200]!r}")
            return None
        assert orjson.loads(reply.body)
        self.answers[who] += 1
        return reply
