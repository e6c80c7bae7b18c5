"""A server of its own in this process, over a real port, whose reads take as long as the test likes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from rich.console import Console

from cli.processes import Front, _config
from core.settings import Settings
from db.connections import Connections
from server.app import Application, create_app
from server.stopping import GracefulServer

READ = b'{"query": "{ tags { nodes { name } } }"}'
PATIENCE = 60.0


def posted(body: bytes = READ, *headers: bytes, length: int | None = None) -> bytes:
    """A request by POST."""
    given = [b"Host: a", b"Content-Type: application/json", b"Content-Length: %d" % (length or len(body)), *headers]
    return b"POST /graphql HTTP/1.1\r\n" + b"".join(line + b"\r\n" for line in given) + b"\r\n" + body


def got(path: bytes, *headers: bytes) -> bytes:
    """A request by GET."""
    return b"GET %b HTTP/1.1\r\nHost: a\r\n" % path + b"".join(line + b"\r\n" for line in headers) + b"\r\n"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        return str(json.loads(self.body)["errors"][0]["extensions"]["code"])


@dataclass
class Client:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, request: bytes) -> Answer:
        self.writer.write(request)
        return await self.answer()

    async def answer(self) -> Answer:
        async with asyncio.timeout(PATIENCE):
            first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(first.split()[1]), headers, body)

    async def is_hung_up_on(self) -> bool:
        """Wait for the end; False if something else comes."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.read(1) == b""

    def leave(self) -> None:
        self.writer.transport.abort()


@dataclass
class Served:
    """The server, and who is connected to it."""

    server: GracefulServer
    app: Application
    port: int
    serving: asyncio.Task[None]
    clients: list[Client] = field(default_factory=list)

    async def client(self) -> Client:
        made = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        self.clients.append(made)
        return made

    async def ask(self, request: bytes) -> Answer:
        """Ask over a new connection."""
        return await (await self.client()).ask(request)

    async def hold(self, number: int, request: bytes = b"") -> list[Client]:
        """So many clients whose requests are in flight."""
        held = [await self.client() for _ in range(number)]
        before = self.app.gate.requests.in_flight
        for client in held:
            client.writer.write(request or posted())
        await until(lambda: self.app.gate.requests.in_flight == before + number)
        return held


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)


@asynccontextmanager
async def served(settings: Settings, **others: object) -> AsyncIterator[Served]:
    """A server; what runs at the end of the block has the time of the settings to end."""
    settings = settings.model_copy(update={"port": 0, **others})
    app = create_app(settings)
    server = GracefulServer(_config(settings, app), settings.drain_delay)
    listening = Front(settings, Console(quiet=True)).bind()
    serving = asyncio.create_task(server._serve([listening]))
    found = Served(server, app, listening.getsockname()[1], serving)
    try:
        await until(lambda: server.started or serving.done())
        yield found
    finally:
        for client in found.clients:
            client.leave()
        server.handle_exit(2, None)
        async with asyncio.timeout(PATIENCE):
            await serving


@dataclass
class Gate:
    """Reads wait in front of it."""

    opened: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0
    asked: int = 0
    """Reads that ever came to it."""


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """What every read of a request waits for."""
    gate, fetch = Gate(), Connections.fetch

    async def wait(self: Connections, sql: str, arguments: list[Any], **named: Any) -> Any:
        gate.waiting += 1
        gate.asked += 1
        try:
            await gate.opened.wait()
        finally:
            gate.waiting -= 1
        return await fetch(self, sql, arguments, **named)

    monkeypatch.setattr(Connections, "fetch", wait)
    return gate
