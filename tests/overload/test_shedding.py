"""Over the wire: who finds no place hears so at once, others are served, and no place is lost."""

import asyncio
import json

import pytest
import websockets

from core.settings import Settings
from server.http_protocol import BoundedHttpProtocol
from tests.overload.serving import READ, Gate, Served, got, posted, served, until

PREFLIGHT = got(b"/graphql", b"Origin: https://page.example", b"Access-Control-Request-Method: POST").replace(
    b"GET", b"OPTIONS"
)
CHEAP = b'{"query": "{ __typename }"}'


async def full(server: Served, places: int) -> None:
    await server.hold(places)
    assert server.app.gate.requests.is_full


async def test_beyond_so_many_requests_the_next_is_refused_at_once_and_health_is_not(
    settings: Settings, reads: Gate
) -> None:
    async with served(settings, max_requests=3) as server:
        held = await server.hold(3)
        client = await server.client()
        numbers = set()
        for request in (posted(), posted(CHEAP), got(b"/graphql?query=%7B__typename%7D"), posted(READ, b"X: y")):
            answer = await client.ask(request)
            assert (answer.status, answer.code) == (503, "SERVICE_UNAVAILABLE")
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.headers["content-type"] == "application/json; charset=utf-8"
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["date"]
            numbers.add(answer.headers["x-request-id"])
        assert len(numbers) == 4
        answer = await client.ask(posted(READ, b"X-Request-ID: mine-1"))
        assert answer.headers["x-request-id"] == "mine-1"
        assert (await server.ask(got(b"/livez"))).status == 200
        assert json.loads((await server.ask(got(b"/readyz"))).body)["status"] == "ok"
        assert server.app.gate.requests.shed == 5
        reads.opened.set()
        assert [(await one.answer()).status for one in held] == [200, 200, 200]
        assert (await client.ask(posted())).status == 200
        await until(lambda: server.app.gate.requests.in_flight == 0)


@pytest.mark.usefixtures("reads")
@pytest.mark.parametrize(
    "request_",
    [
        posted(READ, b"Connection: close"),
        posted(READ, b"Expect: 100-continue"),
        posted(READ, b"Origin: https://page.example"),
        posted(READ).replace(b"HTTP/1.1", b"HTTP/1.0"),
        posted(READ).replace(b"POST", b"PUT"),
        b"POST /graphql HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n0\r\n\r\n",
    ],
)
async def test_requests_of_every_form_are_refused(settings: Settings, request_: bytes) -> None:
    async with served(settings, max_requests=1, cors_origins="https://page.example") as server:
        await full(server, 1)
        client = await server.client()
        answer = await client.ask(request_)
        assert (answer.status, answer.code) == (503, "SERVICE_UNAVAILABLE")
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.headers["x-request-id"]
        if b"Origin" in request_:
            assert answer.headers["access-control-allow-origin"] == "https://page.example"
        if b"close" in request_ or b"HTTP/1.0" in request_:
            assert answer.headers["connection"] == "close"
            assert await client.is_hung_up_on()
        assert server.app.gate.requests.in_flight == 1


@pytest.mark.usefixtures("reads")
async def test_a_body_that_comes_later_is_passed_over_and_the_connection_goes_on(settings: Settings) -> None:
    async with served(settings, max_requests=1) as server:
        await full(server, 1)
        client = await server.client()
        whole = posted(b"x" * 300_000)
        answer = await client.ask(whole[:200])
        assert answer.status == 503
        client.writer.write(whole[200:] + got(b"/livez") + posted())
        assert (await client.answer()).status == 200
        assert (await client.answer()).status == 503


@pytest.mark.usefixtures("reads")
async def test_a_body_that_never_comes_ends_the_connection(settings: Settings) -> None:
    async with served(settings, max_requests=1, header_timeout=0.2) as server:
        await full(server, 1)
        client = await server.client()
        assert (await client.ask(posted(length=1_000))).status == 503
        assert await client.is_hung_up_on()


@pytest.mark.usefixtures("reads")
async def test_whoever_is_refused_again_and_again_keeps_his_connection_until_he_is_idle(settings: Settings) -> None:
    async with served(settings, max_requests=1, keep_alive_timeout=1.0, header_timeout=0.5) as server:
        await full(server, 1)
        client = await server.client()
        for _ in range(15):
            assert (await client.ask(posted())).status == 503
            await asyncio.sleep(0.1)
        assert await client.is_hung_up_on()


async def test_no_place_is_lost_whatever_clients_do(settings: Settings, reads: Gate) -> None:
    async with served(settings, max_requests=4, cors_origins="https://page.example") as server:
        requests = server.app.gate.requests
        for client in await server.hold(3):
            client.leave()
        await until(lambda: requests.in_flight == 0)
        ordinary = [
            *(posted(b"{"), posted(b'{"query": "{"}'), posted(b""), posted(READ, b"Content-Encoding: gzip")),
            *(posted(CHEAP), posted(CHEAP).replace(b"POST", b"PUT"), got(b"/graphql", b"Accept: text/html")),
            *(
                got(b"/graphql?query=%zz"),
                got(b"/graphql"),
                got(b"/graphql/none"),
                posted(CHEAP, b"Accept: image/png"),
            ),
            PREFLIGHT,
            posted(b'{"query": "subscription { postPublished { eventId } }"}'),
        ]
        for request in ordinary:
            assert (await server.ask(request)).status
            await until(lambda: requests.in_flight == 0)
        for broken in (
            posted(length=50),
            b"GET /graphql? \x00 HTTP/1.1\r\n\r\n",
            b"GET /graphql?a#\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        ):
            client = await server.client()
            client.writer.write(broken)
            await asyncio.sleep(0.02)
            client.leave()
            await until(lambda: requests.in_flight == 0)
        # Two on one connection: the second waits for the first, and takes its place when it begins.
        [client] = await server.hold(1, posted() + posted())
        reads.opened.set()
        assert [(await client.answer()).status, (await client.answer()).status] == [200, 200]
        await until(lambda: requests.in_flight == server.app.gate.executions.in_flight == 0)
        assert requests.shed == 0


async def test_a_stream_gives_its_place_back_when_it_has_begun(settings: Settings) -> None:
    subscription = b'{"query": "subscription { postPublished { eventId } }"}'
    async with served(settings, max_requests=1) as server:
        for _ in range(3):
            client = await server.client()
            client.writer.write(posted(subscription, b"Accept: text/event-stream"))
            async with asyncio.timeout(60):
                assert b" 200 " in await client.reader.readline()
        assert (await server.ask(posted(CHEAP))).status == 200


@pytest.mark.usefixtures("reads")
async def test_sockets_are_refused_while_there_is_no_place(settings: Settings) -> None:
    async with served(settings, max_requests=1) as server:
        address = f"ws://127.0.0.1:{server.port}/graphql"
        async with websockets.connect(address, subprotocols=[websockets.Subprotocol("graphql-transport-ws")]):
            await full(server, 1)
            with pytest.raises(websockets.InvalidStatus) as refused:
                await websockets.connect(address)
            assert refused.value.response.status_code == 503
            assert int(refused.value.response.headers["retry-after"]) >= 1


async def test_while_connections_are_wanting_executions_are_refused_and_kept_answers_are_not(
    settings: Settings,
) -> None:
    async with served(settings, cache=True) as server:
        assert (await server.ask(posted())).status == 200
        hit = await server.ask(posted())
        assert hit.headers["cache-status"].endswith("hit")
        executions = server.app.gate.executions
        for _ in range(executions.limit):
            executions.take()
        answer = await server.ask(posted(b'{"query": "{ users { totalCount } }"}'))
        assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "SERVICE_UNAVAILABLE", "1")
        assert (await server.ask(posted())).headers["cache-status"].endswith("hit")
        assert executions.shed == 1


@pytest.mark.usefixtures("reads")
async def test_who_reads_no_refusals_is_read_no_further(settings: Settings) -> None:
    async with served(settings, max_requests=1) as server:
        await full(server, 1)
        client = await server.client()
        client.reader._transport.pause_reading()  # type: ignore[attr-defined]
        connections = server.server.server_state.connections
        [connection] = [one for one in connections if isinstance(one, BoundedHttpProtocol) and one.cycle is None]
        many = 60_000
        client.writer.write(posted(CHEAP) * many)
        await until(lambda: server.app.gate.requests.shed > 1_000)
        await asyncio.sleep(0.5)
        assert server.app.gate.requests.shed < many
        assert connection.transport.get_write_buffer_size() < 1_000_000
        client.reader._transport.resume_reading()  # type: ignore[attr-defined]
        for _ in range(many):
            assert (await client.answer()).status == 503


async def test_what_was_refused_before_hangs_up_on_nobody_who_is_served_then(settings: Settings, reads: Gate) -> None:
    async with served(settings, max_requests=1, keep_alive_timeout=1.0) as server:
        [first] = await server.hold(1)
        client = await server.client()
        client.writer.write(posted() + posted() + posted())
        assert [(await client.answer()).status for _ in range(3)] == [503] * 3
        first.leave()
        await until(lambda: server.app.gate.requests.in_flight == 0)
        client.writer.write(posted())
        await asyncio.sleep(1.5)
        reads.opened.set()
        assert (await client.answer()).status == 200
