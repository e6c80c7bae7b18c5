"""Asks an application in this process, as a server would hand requests to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from core.settings import Settings
from server.app import Application, create_app

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back, and what the server says of its cache."""

    body: bytes
    cache_status: str

    @property
    def is_hit(self) -> bool:
        """Whether nothing was executed for it."""
        return "hit" in self.cache_status


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Application]:
    """An application that is started and stopped as a server would."""
    app = create_app(settings)
    async with app.fastapi.router.lifespan_context(app.fastapi):
        yield app


async def post(app: Application, body: bytes) -> Answered:
    """POST a request to /graphql; an answer with errors is none."""
    answered: list[Message] = []

    messages = iter(({"type": "http.request", "body": body, "more_body": False},))

    async def receive() -> Message:
        for message in messages:
            return message
        # Whoever listens for the client to go, hears nothing until he is cancelled.
        return await asyncio.Future[Message]()

    async def send(message: Any) -> None:
        answered.append(message)

    await app(_scope(body), receive, send)
    start, *parts = answered
    content = b"".join(part.get("body", b"") for part in parts)
    assert start["status"] == 200, content  # noqa: PLR2004
    assert b'"errors"' not in content[:20], content
    return Answered(content, dict(start["headers"]).get(b"cache-status", b"").decode())


def body_of(query: str) -> bytes:
    """A request by its bytes."""
    return json.dumps({"query": query}).encode()


def _scope(body: bytes) -> Message:
    headers = [(b"host", b"bench"), (b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
