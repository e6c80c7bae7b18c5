"""Servers in this process, and clients of each of the three ways."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import uvicorn
import websockets

from cli.processes import _config
from core.settings import Settings
from gql.relay.ids import encode_id
from server.app import create_app

PATIENCE = 60.0
POST = (
    "INSERT INTO posts (slug, title, excerpt, body, body_html, body_text, word_count, author_id, status, published_at) "
    "VALUES ($1, $1, '', '', '', '', 0, $2, $3, now()) RETURNING id"
)
COMMENT = "INSERT INTO comments (post_id, author_id, body, body_html) VALUES ($1, $2, $3, $3) RETURNING id"
PUBLISHED = (
    "subscription ($after: String) { told: postPublished(afterEvent: $after) { eventId kind postId post { title } } }"
)
CHANGED = (
    "subscription ($id: ID!, $after: String) "
    "{ told: postChanged(id: $id, afterEvent: $after) { eventId kind postId post { title status } } }"
)
COMMENTED = (
    "subscription ($id: ID!, $after: String) "
    "{ told: commentAdded(post: $id, afterEvent: $after) "
    "{ eventId kind comment { body author { username } } commentEdge { cursor node { body } } } }"
)


@asynccontextmanager
async def served(settings: Settings, metrics: Path | None = None) -> AsyncIterator[str]:
    """A server of its own, in this process, over a real port: its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(_config(settings, create_app(settings, metrics)))
    serving = asyncio.create_task(server._serve([listening]))
    try:
        async with asyncio.timeout(PATIENCE):
            while not server.started:
                assert not serving.done()
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        async with asyncio.timeout(PATIENCE):
            await serving


class Socket:
    """A WebSocket that has said who it is."""

    def __init__(self, connection: websockets.ClientConnection) -> None:
        self.connection = connection
        self._others: list[dict[str, Any]] = []

    async def say(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            message: dict[str, Any] = json.loads(await self.connection.recv())
            return message

    async def subscribe(self, query: str, name: str = "1", **variables: Any) -> None:
        """Begin an operation, and wait until it has."""
        await self.say(type="subscribe", id=name, payload={"query": query, "variables": variables})
        await self.say(type="ping")
        while (message := await self.hear())["type"] != "pong":
            self._others.append(message)

    async def next(self, name: str = "1") -> dict[str, Any]:
        """The event that is told next of an operation; several operations keep no order among each other."""
        waiting = [one for one in self._others if one.get("id") == name]
        if waiting:
            message = waiting[0]
            self._others.remove(message)
        else:
            while (message := await self.hear()).get("id", name) != name:
                self._others.append(message)
        assert (message["type"], message.get("id")) == ("next", name), message
        assert "errors" not in message["payload"], message
        told: dict[str, Any] = message["payload"]["data"]["told"]
        return told

    async def closed(self) -> int | None:
        """The code that it is closed with, whatever is said before."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    await self.connection.recv()
                except websockets.ConnectionClosed:
                    return self.connection.close_code

    async def is_quiet(self) -> bool:
        """Whether nothing was said so far, and nothing stands before the answer to a ping."""
        await self.say(type="ping")
        return not self._others and (await self.hear())["type"] == "pong"


@asynccontextmanager
async def raw_socket(url: str, *protocols: str, **options: Any) -> AsyncIterator[websockets.ClientConnection]:
    address = f"{url.replace('http', 'ws', 1)}/graphql"
    async with websockets.connect(address, subprotocols=protocols or None, **options) as connection:  # type: ignore[arg-type]
        yield connection


@asynccontextmanager
async def opened(url: str, headers: dict[str, str] | None = None, **options: Any) -> AsyncIterator[Socket]:
    """A WebSocket that has said who it is, in its first message."""
    async with raw_socket(url, "graphql-transport-ws", **options) as connection:
        client = Socket(connection)
        await client.say(type="connection_init", payload=headers or {})
        assert (await client.hear())["type"] == "connection_ack"
        yield client


SSE = "text/event-stream"
MULTIPART = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json"


@asynccontextmanager
async def streamed(
    url: str, accept: str, query: str, headers: dict[str, str] | None = None, **variables: Any
) -> AsyncIterator[AsyncIterator[Any]]:
    """What a stream says: answers, and None for a sign of life; it has begun when the block does."""
    given = {"accept": accept, **(headers or {})}
    async with (
        httpx.AsyncClient(timeout=PATIENCE) as http,
        http.stream("POST", f"{url}/graphql", json={"query": query, "variables": variables}, headers=given) as response,
    ):
        assert response.status_code == 200, await response.aread()
        yield _events(response) if accept == SSE else _parts(response)


async def _events(response: httpx.Response) -> AsyncIterator[Any]:
    assert response.headers["content-type"].startswith(SSE)
    buffer = b""
    async for some in response.aiter_bytes():
        buffer += some
        while b"\n\n" in buffer:
            event, _, buffer = buffer.partition(b"\n\n")
            lines = dict(line.split(b":", 1) for line in event.split(b"\n"))
            if lines.get(b"event") == b" next":
                yield json.loads(lines[b"data"])
            elif lines.get(b"event") == b" complete":
                yield "complete"
            else:
                yield None


async def _parts(response: httpx.Response) -> AsyncIterator[Any]:
    """As Apollo Client reads them: a part is there when the boundary after it has come."""
    assert response.headers["content-type"] == 'multipart/mixed; boundary="graphql"; subscriptionSpec=1.0'
    buffer, boundary = b"", b"\r\n--graphql"
    async for some in response.aiter_bytes():
        buffer += some
        while boundary in buffer:
            part, _, buffer = buffer.partition(boundary)
            if part:
                head, _, body = part.partition(b"\r\n\r\n")
                assert head == b"\r\nContent-Type: application/json"
                yield json.loads(body) or None
    assert buffer == b"--\r\n"
    yield "complete"


async def add_post(connection: asyncpg.Connection, slug: str, author_id: int, status: str = "PUBLISHED") -> str:
    """The id of a new post."""
    return encode_id("Post", await connection.fetchval(POST, slug, author_id, status))
