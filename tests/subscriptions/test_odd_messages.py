"""Whatever is said over a socket, it gets its answer or its close code, and nobody's log gets a traceback."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
import websockets

from tests.fixtures.servers import NewDatabase, settings_for
from tests.subscriptions.listening import PUBLISHED, opened, raw_socket, served

DEEP = "[" * 20_000 + "]" * 20_000
QUERY = {"query": "{ __typename }"}


@pytest.fixture(scope="module")
async def quiet_url(new_database: NewDatabase, redis_url: str) -> AsyncIterator[str]:
    """A server that nobody writes to."""
    async with served(settings_for(await new_database(), redis_url)) as url:
        yield url


def _subscribe(payload: Any, **others: Any) -> dict[str, Any]:
    return {"id": "1", "type": "subscribe", "payload": payload} | others


CLOSED: dict[str, tuple[Any, int]] = {
    "no JSON": ("{", 4400),
    "empty": ("", 4400),
    "a word": ("hello", 4400),
    "NaN": ('{"type": NaN}', 4400),
    "null": ("null", 4400),
    "a number": ("1", 4400),
    "a string": ('"ping"', 4400),
    "a list": ('[{"type": "ping"}]', 4400),
    "nested JSON": (DEEP, 4400),
    "a nested payload": ('{"id": "1", "type": "subscribe", "payload": ' + DEEP + "}", 4400),
    "JSON in a string": (json.dumps(json.dumps({"type": "ping"})), 4400),
    "no type": ({}, 4400),
    "a type that is none": ({"type": "start"}, 4400),
    "a type that is no string": ({"type": 7}, 4400),
    "a type that is a list": ({"type": ["ping"]}, 4400),
    "a type of the server's": ({"type": "next", "id": "1", "payload": {}}, 4400),
    "an ack": ({"type": "connection_ack"}, 4400),
    "a ping with a payload that is no object": ({"type": "ping", "payload": "x"}, 4400),
    "a second beginning": ({"type": "connection_init"}, 4429),
    "no id": ({"type": "subscribe", "payload": QUERY}, 4400),
    "an id that is a number": (_subscribe(QUERY, id=1), 4400),
    "an id that is null": (_subscribe(QUERY, id=None), 4400),
    "an id that is an object": (_subscribe(QUERY, id={}), 4400),
    "an id that is empty": (_subscribe(QUERY, id=""), 4400),
    "an id that is too long": (_subscribe(QUERY, id="x" * 300), 4400),
    "a completion without an id": ({"type": "complete"}, 4400),
    "a completion of a number": ({"type": "complete", "id": 1}, 4400),
    "no payload": ({"id": "1", "type": "subscribe"}, 4400),
    "a payload that is a string": (_subscribe("{ __typename }"), 4400),
    "a payload that is a list": (_subscribe([QUERY]), 4400),
    "no query": (_subscribe({}), 4400),
    "a query that is no string": (_subscribe({"query": 7}), 4400),
    "variables that are a list": (_subscribe(QUERY | {"variables": []}), 4400),
    "an operation's name that is none": (_subscribe(QUERY | {"operationName": 1}), 4400),
    "extensions that are none": (_subscribe(QUERY | {"extensions": "x"}), 4400),
    "bytes": (b'{"type": "ping"}', 4400),
    "more than a message may have": (json.dumps({"type": "ping", "payload": {"x": "x" * 64_000}}), 1009),
}


@pytest.mark.parametrize("name", CLOSED)
async def test_what_does_not_keep_to_the_protocol_closes_the_socket(
    name: str, quiet_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    message, code = CLOSED[name]
    async with opened(quiet_url) as client:
        await client.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))
        assert await client.closed() == code
        assert client.connection.close_reason
    assert [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR] == []


ERRORS: dict[str, tuple[dict[str, Any], str]] = {
    "a syntax error": ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
    "an empty document": ({"query": ""}, "GRAPHQL_PARSE_FAILED"),
    "a field that is none": ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
    "two subscriptions in one": (
        {"query": "subscription { a: postPublished { kind } b: postPublished { kind } }"},
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "a variable that is missing": (
        {"query": "subscription ($id: ID!) { postChanged(id: $id) { kind } }"},
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "an operation that is not there": ({**QUERY, "operationName": "other"}, "OPERATION_RESOLUTION_FAILURE"),
    "an id that is none": ({"query": 'subscription { postChanged(id: "x") { kind } }'}, "BAD_USER_INPUT"),
    "an id of something else": ({"query": 'subscription { postChanged(id: "VXNlcjox") { kind } }'}, "BAD_USER_INPUT"),
    "an event that is none": (
        {"query": 'subscription { postPublished(afterEvent: "ZXZlbnQ6LTE") { kind } }'},
        "BAD_USER_INPUT",
    ),
    "half of a surrogate pair": (
        {"query": "subscription ($t: String) { postPublished(tag: $t) { kind } }", "variables": {"t": "\ud800"}},
        "BAD_USER_INPUT",
    ),
    "a hash that nobody registered": (
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}},
        "PERSISTED_QUERY_NOT_FOUND",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
async def test_what_is_wrong_in_one_operation_is_said_of_it_and_the_socket_stays(name: str, quiet_url: str) -> None:
    payload, code = ERRORS[name]
    async with opened(quiet_url) as client:
        await client.say(**_subscribe(payload))
        message = await client.hear()
        assert (message["type"], message["id"]) == ("error", "1"), message
        assert {error["extensions"]["code"] for error in message["payload"]} == {code}
        # The name is free again, and everything else goes on.
        await client.say(**_subscribe(QUERY))
        assert await client.hear() == {"id": "1", "type": "next", "payload": {"data": {"__typename": "Query"}}}
        assert await client.hear() == {"id": "1", "type": "complete"}


async def test_harmless_oddities_are_borne(quiet_url: str) -> None:
    async with raw_socket(quiet_url, "graphql-transport-ws") as connection:
        for message in (
            {"type": "ping"},
            {"type": "pong"},
            {"type": "complete", "id": "never begun"},
            {"type": "ping", "payload": {"a": [1]}, "more": True},
            {"type": "connection_init", "payload": None},
        ):
            await connection.send(json.dumps(message))
        heard = [json.loads(await connection.recv()) for _ in range(3)]
        assert heard == [{"type": "pong"}, {"type": "pong", "payload": {"a": [1]}}, {"type": "connection_ack"}]


async def test_bytes_that_are_no_utf_8_close_the_socket(quiet_url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with opened(quiet_url) as client:
        client.connection.protocol.send_text(b"\xff\xfe")
        client.connection.transport.write(b"".join(client.connection.protocol.data_to_send()))
        assert await client.closed() == 1007
    assert [record for record in caplog.records if record.exc_info] == []


async def test_who_says_nothing_is_hung_up_on(new_database: NewDatabase, redis_url: str) -> None:
    async with served(settings_for(await new_database(), redis_url, socket_init_timeout=0.1)) as url:
        async with raw_socket(url, "graphql-transport-ws") as connection:
            await connection.send(json.dumps({"type": "ping"}))
            await connection.recv()
            with pytest.raises(websockets.ConnectionClosed):
                await connection.recv()
            assert connection.close_code == 4408
        async with opened(url) as client:
            await asyncio.sleep(0.3)
            assert await client.is_quiet()


async def test_nothing_runs_before_one_has_said_who_one_is(quiet_url: str) -> None:
    async with raw_socket(quiet_url, "graphql-transport-ws") as connection:
        await connection.send(json.dumps(_subscribe(QUERY)))
        with pytest.raises(websockets.ConnectionClosed):
            await connection.recv()
        assert connection.close_code == 4401


@pytest.mark.parametrize("protocols", [(), ("graphql-ws",), ("mqtt", "soap")])
async def test_other_protocols_are_refused(protocols: tuple[str, ...], quiet_url: str) -> None:
    async with raw_socket(quiet_url, *protocols) as connection:
        with pytest.raises(websockets.ConnectionClosed):
            await connection.recv()
        assert connection.close_code == 4406


async def test_a_name_is_used_once_at_a_time(quiet_url: str) -> None:
    async with opened(quiet_url) as client:
        await client.subscribe(PUBLISHED)
        await client.say(type="complete", id="1")
        await client.subscribe(PUBLISHED)
        await client.say(**_subscribe({"query": PUBLISHED}))
        assert await client.closed() == 4409


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"Authorization": "Bearer nonsense"}, 4403),
        ({"authorization": "nonsense"}, 4403),
        ({"headers": {"Authorization": "Basic eDp5"}}, 4403),
        ({"Authorization": 7}, 4400),
        (["x"], 4400),
        ("x", 4400),
    ],
)
async def test_a_token_that_does_not_hold_is_refused_at_once(payload: Any, code: int, quiet_url: str) -> None:
    async with raw_socket(quiet_url, "graphql-transport-ws") as connection:
        await connection.send(json.dumps({"type": "connection_init", "payload": payload}))
        with pytest.raises(websockets.ConnectionClosed):
            await connection.recv()
        assert connection.close_code == code


async def test_there_are_so_many_operations_at_once_and_no_more(quiet_url: str) -> None:
    async with opened(quiet_url) as client:
        for number in range(20):
            await client.subscribe(PUBLISHED, str(number))
        await client.say(**_subscribe({"query": PUBLISHED}, id="one more"))
        message = await client.hear()
        assert (message["id"], message["type"]) == ("one more", "error")
        assert message["payload"][0]["extensions"] == {"code": "RATE_LIMITED", "limit": 20, "found": 21}
        await client.say(type="complete", id="7")
        await client.subscribe(PUBLISHED, "instead")
        assert await client.is_quiet()


@pytest.mark.parametrize(("origin", "may"), [("http://evil.example", False), ("null", False), (None, True)])
async def test_pages_of_other_origins_have_no_sockets(origin: str | None, *, may: bool, quiet_url: str) -> None:
    if may:
        async with opened(quiet_url, origin=quiet_url) as client:
            assert await client.is_quiet()
        return
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with raw_socket(quiet_url, "graphql-transport-ws", origin=origin):
            pass
    assert refused.value.response.status_code == 403
