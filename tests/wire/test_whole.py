"""Requests and answers of one piece, which the server hands over without messages, over real connections."""

import asyncio
import gc
import json

import pytest
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from core.settings import Settings
from server.http_protocol import BoundedHttpProtocol
from tests.overload.serving import Answer, Client, posted, served, until

TAGS = b'{"query": "{ tags(first: 3) { nodes { name } } }"}'
OWN = {"date", "x-request-id", "server-timing", "ratelimit", "cache-status"}
"""Headers that are another one's in each answer."""


def alike(one: Answer, another: Answer) -> bool:
    """Whether both say the same, in the same order."""
    told = [[(name, value) for name, value in answer.headers.items() if name not in OWN] for answer in (one, another)]
    names = [[*answer.headers] for answer in (one, another)]
    return (one.status, one.body, told[0], names[0]) == (another.status, another.body, told[1], names[1])


async def in_pieces(client: Client, request: bytes) -> Answer:
    """The answer to a request whose body comes later than its head."""
    head, _, body = request.partition(b"\r\n\r\n")
    for piece in (head + b"\r\n\r\n", body[:10], body[10:]):
        client.writer.write(piece)
        await client.writer.drain()
        await asyncio.sleep(0.05)
    return await client.answer()


async def test_a_request_in_pieces_is_answered_as_one_that_comes_at_once(settings: Settings) -> None:
    async with served(settings) as server:
        client = await server.client()
        # Who takes streams, too, is asked what he wants before it is known who answers.
        for request in (posted(TAGS), posted(TAGS, b"Accept: text/event-stream, application/json")):
            await client.ask(request)
            assert alike(await client.ask(request), await in_pieces(client, request))


async def test_an_answer_of_one_piece_is_the_one_that_messages_make(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(settings, cache=True) as server:
        client = await server.client()
        await client.ask(posted(TAGS))
        at_once = await client.ask(posted(TAGS))
        monkeypatch.setattr("server.http_protocol.write_answer", lambda *_: False)
        assert alike(at_once, await client.ask(posted(TAGS)))
        assert at_once.headers["cache-status"] == "Broadsheet; hit"
        assert {*at_once.headers} >= OWN


async def test_requests_that_come_together_are_answered_in_their_order(settings: Settings) -> None:
    async with served(settings) as server:
        client = await server.client()
        for name in (b"a", b"b", b"c"):
            client.writer.write(posted(b'{"query": "{ %b: __typename }"}' % name))
        answers = [await client.answer() for _ in range(3)]
        assert [[*json.loads(answer.body)["data"]] for answer in answers] == [["a"], ["b"], ["c"]]


async def test_a_connection_that_is_not_to_be_kept_is_closed_after_the_answer(settings: Settings) -> None:
    async with served(settings) as server:
        for request in (posted(TAGS, b"Connection: close"), posted(TAGS).replace(b"HTTP/1.1", b"HTTP/1.0")):
            client = await server.client()
            answer = await client.ask(request)
            assert (answer.status, answer.headers["connection"]) == (200, "close")
            assert await client.is_hung_up_on()


async def test_a_page_of_another_origin_may_read_an_answer_of_one_piece(settings: Settings) -> None:
    async with served(settings, cors_origins="https://page.example") as server:
        client = await server.client()
        for origin, told in ((b"https://page.example", "https://page.example"), (b"https://other.example", None)):
            answer = await client.ask(posted(TAGS, b"Origin: " + origin))
            assert answer.status == 200
            assert answer.headers.get("access-control-allow-origin") == told


async def test_a_body_that_comes_at_once_is_measured_whatever_it_is_said_to_be(settings: Settings) -> None:
    async with served(settings, max_body=1_000) as server:
        body = b'{"query": "{ __typename }"%b}' % (b" " * 1_000)
        chunked = b"Host: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        request = b"POST /graphql HTTP/1.1\r\n" + chunked + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        assert (await server.ask(request)).status == 413


async def test_what_a_request_made_goes_away_with_it(settings: Settings) -> None:
    async with served(settings) as server:
        client = await server.client()
        await client.ask(posted(TAGS))
        gc.collect()
        gc.disable()
        try:
            for _ in range(5):
                await client.ask(posted(TAGS))
            assert sum(type(one) is RequestResponseCycle for one in gc.get_objects()) <= 2
        finally:
            gc.enable()


async def test_what_a_connection_made_goes_away_with_it(settings: Settings) -> None:
    async with served(settings) as server:
        gc.collect()
        gc.disable()
        try:
            for _ in range(5):
                client = await server.client()
                await client.ask(posted(TAGS))
                client.leave()
            await until(lambda: not server.server.server_state.connections)
            assert sum(isinstance(one, BoundedHttpProtocol) for one in gc.get_objects()) == 0
        finally:
            gc.enable()
