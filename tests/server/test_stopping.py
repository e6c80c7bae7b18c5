"""A server that is told to stop: who is told what, and in which order."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import structlog
import websockets

from core.settings import Settings
from tests.fixtures.accounts import bearer
from tests.overload.serving import READ, Gate, Served, got, posted, served, until

SUBSCRIPTION = b'{"query": "subscription { postPublished { eventId } }"}'
LONG = {"keep_alive_timeout": 30.0, "shutdown_timeout": 50.0, "header_timeout": 30.0}


@asynccontextmanager
async def stopping(settings: Settings, **others: object) -> AsyncIterator[Served]:
    async with served(settings, **(LONG | others)) as server:
        yield server
        # So that no test waits for the clients that it left.
        server.server.handle_exit(signal.SIGINT, None)


async def told(server: Served) -> None:
    """Tell it to stop, as SIGTERM would, and wait until it takes no connection any more."""
    server.server.handle_exit(signal.SIGTERM, None)
    await until(lambda: server.server.servers and not any(one.is_serving() for one in server.server.servers))


async def test_requests_that_run_are_answered_and_their_connections_closed(settings: Settings, reads: Gate) -> None:
    async with stopping(settings) as server:
        held = await server.hold(3)
        await told(server)
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await server.client()
        reads.opened.set()
        for client in held:
            answer = await client.answer()
            assert (answer.status, answer.headers["connection"]) == (200, "close")
            assert await client.is_hung_up_on()
        async with asyncio.timeout(60):
            await server.serving


async def test_a_connection_that_has_asked_nothing_yet_and_one_that_is_idle_may_ask_once_more(
    settings: Settings,
) -> None:
    async with stopping(settings) as server:
        fresh, idle = await server.client(), await server.client()
        assert (await idle.ask(posted())).status == 200
        await until(lambda: len(server.server.server_state.connections) == 2)
        await told(server)
        await asyncio.sleep(0.3)  # some looks at the connections that are left
        for client in (fresh, idle):
            answer = await client.ask(posted())
            assert (answer.status, answer.headers["connection"]) == (200, "close")
            assert await client.is_hung_up_on()
        async with asyncio.timeout(60):
            await server.serving


async def test_a_connection_that_stays_idle_is_closed_when_it_would_be_anyway(settings: Settings) -> None:
    async with stopping(settings, keep_alive_timeout=1.0) as server:
        fresh, idle = await server.client(), await server.client()
        assert (await idle.ask(posted())).status == 200
        await told(server)
        assert await fresh.is_hung_up_on()
        assert await idle.is_hung_up_on()
        async with asyncio.timeout(60):
            await server.serving


async def test_ctrl_c_waits_for_no_idle_connection(settings: Settings) -> None:
    async with stopping(settings) as server:
        idle = await server.client()
        assert (await idle.ask(posted())).status == 200
        server.server.handle_exit(signal.SIGINT, None)
        assert await idle.is_hung_up_on()
        async with asyncio.timeout(20):
            await server.serving


async def test_first_it_is_not_ready_and_takes_connections_for_a_while(settings: Settings) -> None:
    async with stopping(settings, drain_delay=300.0) as server:
        idle = await server.client()
        assert (await idle.ask(got(b"/readyz"))).status == 200
        server.server.handle_exit(signal.SIGTERM, None)
        await until(lambda: server.app.gate.is_draining)
        answer = await server.ask(got(b"/readyz"))
        assert (answer.status, json.loads(answer.body)) == (503, {"status": "draining"})
        assert (await server.ask(got(b"/livez"))).status == 200
        # Whoever still comes is served, and told not to come again over this connection.
        for client in (idle, await server.client()):
            answer = await client.ask(posted())
            assert (answer.status, answer.headers["connection"]) == (200, "close")
        server.server.handle_exit(signal.SIGINT, None)
        async with asyncio.timeout(20):
            await server.serving


async def test_sockets_and_streams_are_told_to_come_again_and_new_ones_are_refused(settings: Settings) -> None:
    async with stopping(settings, drain_delay=300.0) as server:
        address, protocol = f"ws://127.0.0.1:{server.port}/graphql", websockets.Subprotocol("graphql-transport-ws")
        stream = await server.client()
        stream.writer.write(posted(SUBSCRIPTION, b"Accept: text/event-stream"))
        async with websockets.connect(address, subprotocols=[protocol]) as socket:
            async with asyncio.timeout(60):
                assert b" 200 " in await stream.reader.readline()
            server.server.handle_exit(signal.SIGTERM, None)
            await until(lambda: server.app.gate.is_draining)
            with pytest.raises(websockets.InvalidStatus) as refused:
                await websockets.connect(address, subprotocols=[protocol])
            assert refused.value.response.status_code == 503
            server.server.handle_exit(signal.SIGINT, None)
            with pytest.raises(websockets.ConnectionClosed) as closed:
                async with asyncio.timeout(60):
                    await socket.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
            async with asyncio.timeout(60):
                assert (await stream.reader.read()).endswith(b"\r\n0\r\n\r\n")


async def test_what_runs_longer_than_it_may_is_ended_and_that_is_logged(settings: Settings, reads: Gate) -> None:
    with structlog.testing.capture_logs() as logs:
        async with stopping(settings, shutdown_timeout=1.0) as server:
            held = await server.hold(2, posted(READ))
            server.server.handle_exit(signal.SIGTERM, None)
            async with asyncio.timeout(60):
                await server.serving
            assert reads.waiting == 0
            for client in held:
                answer = await client.answer()
                assert (answer.status, answer.code) == (503, "SERVICE_UNAVAILABLE")
                assert answer.headers["retry-after"] == "1"
                assert await client.is_hung_up_on()
    assert [entry["requests"] for entry in logs if entry["event"] == "stop_cancels"] == [2]


async def test_a_stream_that_has_not_begun_in_time_is_refused(settings: Settings, reads: Gate) -> None:
    [token] = bearer(1, 1).values()
    headers = b"Accept: text/event-stream", b"Authorization: " + token.encode()
    async with stopping(settings, shutdown_timeout=1.0) as server:
        [client] = await server.hold(1, posted(SUBSCRIPTION, *headers))
        await until(lambda: reads.waiting)
        server.server.handle_exit(signal.SIGTERM, None)
        answer = await client.answer()
        assert (answer.status, answer.code) == (503, "SERVICE_UNAVAILABLE")
        assert await client.is_hung_up_on()
