"""Who does not read is cut off, and costs neither memory nor the others' time."""

import asyncio
import json
import socket as sockets
from contextlib import AsyncExitStack, suppress
from typing import Any

import asyncpg
import httpx
import pytest
import websockets

from core.settings import Settings
from server.metrics.scraping import meeting_place
from tests.fixtures.accounts import Person
from tests.fixtures.servers import settings_for
from tests.metrics.measuring import scraped
from tests.subscriptions.listening import MULTIPART, PUBLISHED, SSE, add_post, opened, served, streamed

BIG = "subscription { told: postPublished { eventId post { body } } }"
TEXT = "x" * 100_000
EVENTS = 190
"""More than the queue and the kernel hold."""
POST = (
    "INSERT INTO posts (slug, title, excerpt, body, body_html, body_text, word_count, author_id, status, published_at) "
    "VALUES ($1, $1, '', $3, '', '', 0, $2, 'PUBLISHED', now())"
)


def _narrow() -> sockets.socket:
    """One with little room for what is not read."""
    one = sockets.socket()
    one.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
    return one


async def _comes_to_an_end(reader: asyncio.StreamReader) -> bool:
    """Whether the other side hung up; what it had said before is read, as far as it is there."""
    async with asyncio.timeout(30):
        with suppress(ConnectionError):
            while await reader.read(65_536):
                pass
    return True


def _asking(accept: str) -> bytes:
    """A request for a stream."""
    body = json.dumps({"query": BIG}).encode()
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\nContent-Type: application/json\r\n"
    return head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body


def _subscribing() -> bytes:
    """What is said over a WebSocket once it is open."""
    said = ({"type": "connection_init"}, {"id": "1", "type": "subscribe", "payload": {"query": BIG}})
    texts = [json.dumps(message).encode() for message in said]
    # Frames of a client: an end, text, its length in two bytes more, masked by nothing.
    return b"".join(b"\x81\xfe" + len(text).to_bytes(2, "big") + b"\0\0\0\0" + text for text in texts)


def _opening() -> bytes:
    """The request for a WebSocket."""
    return (
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    )


async def test_clients_that_do_not_read_are_cut_off_and_others_are_told(
    database_url: str, redis_url: str, writer: asyncpg.Connection, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.socket_protocol.HANG_UP_AFTER", 0.5)
    settings = settings_for(database_url, redis_url, max_queued_events=1)
    with meeting_place() as folder:
        async with served(settings, folder) as url, opened(url) as quick:
            await quick.subscribe(BIG)
            ends = []
            for request, status in ((_opening(), b"101"), (_asking(SSE), b"200"), (_asking(MULTIPART), b"200")):
                slow = _narrow()
                slow.connect(("127.0.0.1", int(url.rpartition(":")[2])))
                reader, writing = await asyncio.open_connection(sock=slow, limit=1_000)
                writing.write(request)
                assert status in await reader.readline()
                if status == b"101":  # nothing may be said before
                    await reader.readuntil(b"\r\n\r\n")
                    writing.write(_subscribing())
                ends.append((reader, writing))
            await asyncio.sleep(0.3)
            for number in range(EVENTS):
                await writer.execute(POST, f"p{number}", ann.id, TEXT)
                assert len((await quick.next())["post"]["body"]) == len(TEXT)
            for reader, writing in ends:
                assert await _comes_to_an_end(reader)
                writing.close()
            assert (await scraped(folder)).value("broadsheet_streams_ended_total", reason="slow") == len(ends)


async def test_a_burst_cuts_nobody_off_who_reads(
    database_url: str, redis_url: str, writer: asyncpg.Connection, ann: Person
) -> None:
    many = (
        "INSERT INTO posts (slug, title, excerpt, body, body_html, body_text, word_count, author_id, status, "
        "published_at) SELECT 'p' || n, 'p' || n, '', '', '', '', 0, $1, 'PUBLISHED', now() "
        "FROM generate_series(1, 1000) AS n"
    )
    async with (
        served(settings_for(database_url, redis_url, max_queued_events=1)) as url,
        opened(url) as one,
        opened(url) as two,
        streamed(url, SSE, PUBLISHED) as three,
    ):
        for client in (one, two):
            await client.subscribe(PUBLISHED)
        await writer.execute(many, ann.id)
        titles = [f"p{number}" for number in range(1, 1_001)]
        for client in (one, two):
            assert [(await client.next())["post"]["title"] for _ in titles] == titles
        said: list[Any] = []
        async for told in three:
            if told is not None:
                said.append(told["data"]["told"]["post"]["title"])
            if len(said) == len(titles):
                break
        assert said == titles


async def test_there_are_so_many_streams_and_no_more(database_url: str, redis_url: str) -> None:
    async with served(settings_for(database_url, redis_url, max_streams=2)) as url:
        async with opened(url), streamed(url, SSE, PUBLISHED), httpx.AsyncClient() as http:
            body = {"query": PUBLISHED}
            refused = await http.post(f"{url}/graphql", json=body, headers={"accept": SSE})
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            with pytest.raises(websockets.ConnectionClosed) as closed:
                async with opened(url):
                    pass
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1013
            assert (await http.post(f"{url}/graphql", json={"query": "{ __typename }"})).status_code == 200
        async with opened(url), opened(url):
            pass


async def test_who_leaves_leaves_nothing_behind(
    settings: Settings, writer: asyncpg.Connection, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    hubs: list[Any] = []
    monkeypatch.setattr("server.wire.live.Live.open", _noting(hubs))
    async with served(settings) as url:
        async with (
            opened(url, ann.headers) as client,
            streamed(url, SSE, PUBLISHED),
            streamed(url, MULTIPART, PUBLISHED),
        ):
            for number in range(5):
                await client.subscribe(PUBLISHED, str(number))
            await client.say(type="complete", id="0")
            assert await client.is_quiet()
            assert len(hubs[0]) == 6
        await add_post(writer, "one", ann.id)
        async with asyncio.timeout(10):
            while len(hubs[0]) or hubs[0]._seats:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.02)


def _noting(hubs: list[Any]) -> Any:
    def open_(self: Any, state: Any, hub: Any) -> None:
        self._state, self._hub = state, hub
        hubs.append(hub)

    return open_


async def test_a_process_that_stops_tells_who_listens(settings: Settings) -> None:
    async with AsyncExitStack() as clients:
        async with served(settings) as url:
            client = await clients.enter_async_context(opened(url))
            await client.subscribe(PUBLISHED)
            events = await clients.enter_async_context(streamed(url, SSE, PUBLISHED))
            parts = await clients.enter_async_context(streamed(url, MULTIPART, PUBLISHED))
        assert await client.closed() == 1012
        # Without a word of completion: whoever listens comes again.
        assert [one async for one in events if one is not None] == []
        [failure, _] = [one async for one in parts if one is not None]
    assert failure["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
