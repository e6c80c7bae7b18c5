"""kill -9 of a server amid writers, again and again; then what was acknowledged is counted in the database."""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import asyncpg
import httpx

from tests.fixtures.accounts import Client, Person
from tests.fixtures.live import started


@dataclass
class Tally:
    """What writers were told."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    """The id of the comment that each text became."""
    retried: int = 0
    kills: int = 0
    _awaited: int = 0
    _reached: asyncio.Event = field(default_factory=asyncio.Event)

    def acknowledge(self, text: str, ident: str) -> str:
        """Note the id that a text became; the one that it became before, if it was acknowledged already."""
        before = self.acknowledged.setdefault(text, ident)
        if len(self.acknowledged) >= self._awaited:
            self._reached.set()
        return before

    async def more(self, number: int) -> None:
        """Wait until so many more are acknowledged."""
        self._reached.clear()
        self._awaited = len(self.acknowledged) + number
        await self._reached.wait()

    def __str__(self) -> str:
        return f"{self.kills} kills, {len(self.acknowledged)} writes acknowledged, {self.retried} sent again"


@dataclass
class Writers:
    """Writers that send each comment, under a key, until it is acknowledged."""

    person: Person
    post: str
    number: int
    tally: Tally = field(default_factory=Tally)
    _texts: Iterator[int] = field(default_factory=itertools.count)

    async def write_until(self, url: str, stopped: asyncio.Event, waiting: list[str]) -> None:
        """All of them; what is not acknowledged when the server dies is left in `waiting`."""
        await asyncio.gather(*(self._writer(url, stopped, waiting) for _ in range(self.number)))

    async def _writer(self, url: str, stopped: asyncio.Event, waiting: list[str]) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=60) as http:
            client = Client(http, self.person)
            while not stopped.is_set() or waiting:
                again = bool(waiting)
                text = waiting.pop() if again else f"text {next(self._texts)}"
                if not await self._acknowledged(client, text):
                    waiting.append(text)
                    return
                self.tally.retried += again

    async def _acknowledged(self, client: Client, text: str) -> bool:
        given = {"post": self.post, "body": text}
        try:
            payload: Any = await client.mutate("addComment", given, "comment { id body }", key=f"key of {text}")
        except (httpx.HTTPError, ValueError):
            return False
        assert payload["userErrors"] == []
        assert payload["comment"]["body"] == text
        assert self.tally.acknowledge(text, payload["comment"]["id"]) == payload["comment"]["id"]
        return True


async def kill_again_and_again(writers: Writers, times: int, seed: int, **settings: str) -> Tally:
    """Serve, kill in the midst of it, serve again …; at last let all be acknowledged."""
    random, waiting = Random(seed), list[str]()
    for _ in range(times):
        with started(**settings) as server:
            stopped = asyncio.Event()
            writing = asyncio.create_task(writers.write_until(server.url, stopped, waiting))
            # In the midst of it, and not before the first was answered.
            async with asyncio.timeout(200):
                await writers.tally.more(30)
            await asyncio.sleep(random.random() * 0.3)
            server.process.kill()
            stopped.set()
            writers.tally.kills += 1
            await writing
    with started(**settings) as server:
        stopped = asyncio.Event()
        stopped.set()
        await writers.write_until(server.url, stopped, waiting)
    assert not waiting
    return writers.tally


async def written(connection: asyncpg.Connection) -> list[str]:
    """The texts of all comments, each as often as it is there."""
    return [record[0] for record in await connection.fetch("SELECT body FROM comments")]
