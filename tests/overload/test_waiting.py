"""Queries that wait for their turn, over a whole application: what they hold, who passes them, how their wait ends."""

import asyncio
import logging

import pytest

from core.settings import Settings
from server.overload.turns import Turn, Turns
from tests.overload.serving import PATIENCE, READ, Gate, Served, got, posted, served, until

PATIENT = {"database_pool_timeout": PATIENCE}
"""However slow the machine is, nobody gives up."""
WRITE = b'{"query": "mutation { logIn(input: {login: \\"a\\", password: \\"b\\"}) { userErrors { code } } }"}'


async def none_left(server: Served) -> tuple[Turns, Turn]:
    """The turns of a server, all of them taken, and the last of them."""
    turns = server.app.gate.turns
    for _ in range(turns.most):
        last = await turns.one().__aenter__()
    return turns, last


async def test_who_waits_has_asked_nothing_of_the_database_yet_and_is_answered_in_the_end(
    settings: Settings, reads: Gate
) -> None:
    async with served(settings, **PATIENT) as server:
        held = await server.hold(server.app.gate.turns.most + 5)
        await until(lambda: server.app.gate.turns.waiting == 5)
        assert reads.waiting <= server.app.gate.turns.most
        reads.opened.set()
        assert [(await one.answer()).status for one in held] == [200] * len(held)


async def test_what_writes_what_is_kept_and_health_wait_for_no_turn(settings: Settings) -> None:
    async with served(settings, cache=True, **PATIENT) as server:
        assert (await server.ask(posted())).status == 200
        turns, last = await none_left(server)
        other = await server.client()
        other.writer.write(posted(b'{"query": "{ tags { nodes { slug } } }"}'))
        await until(lambda: turns.waiting == 1)
        assert (await server.ask(posted())).headers["cache-status"].endswith("hit")
        assert b'"userErrors":[{' in (await server.ask(posted(WRITE))).body
        assert (await server.ask(got(b"/livez"))).status == 200
        assert turns.waiting == 1
        turns.end(last)
        assert (await other.answer()).status == 200


async def test_who_takes_streams_waits_too(settings: Settings) -> None:
    async with served(settings, **PATIENT) as server:
        turns, last = await none_left(server)
        client = await server.client()
        client.writer.write(posted(READ, b"Accept: text/event-stream"))
        await until(lambda: turns.waiting == 1)
        turns.end(last)
        async with asyncio.timeout(PATIENCE):
            assert b" 200 " in await client.reader.readline()


@pytest.mark.parametrize("late", [{"database_pool_timeout": 0.2}, {"request_timeout": 0.5, **PATIENT}])
async def test_who_takes_streams_is_told_too_that_he_waited_too_long(
    settings: Settings, late: dict[str, float]
) -> None:
    async with served(settings, **late) as server:
        await none_left(server)
        client = await server.client()
        client.writer.write(posted(READ, b"Accept: text/event-stream", b"Connection: close"))
        async with asyncio.timeout(PATIENCE):
            told = (await client.reader.read(-1)).decode()
        code = "TIMEOUT" if "request_timeout" in late else "SERVICE_UNAVAILABLE"
        assert f'"code":"{code}"' in told


async def test_for_a_client_that_left_while_he_waited_nothing_is_done(settings: Settings, reads: Gate) -> None:
    reads.opened.set()
    async with served(settings, **PATIENT) as server:
        turns, last = await none_left(server)
        left, stays = await server.client(), await server.client()
        left.writer.write(posted())
        await until(lambda: turns.waiting == 1)
        left.leave()
        stays.writer.write(posted())
        await until(lambda: turns.waiting == 2)
        turns.end(last)
        assert (await stays.answer()).status == 200
        await until(lambda: server.app.gate.requests.in_flight == 0)
        assert reads.asked == 1


async def test_a_client_that_leaves_just_as_his_turn_comes_is_no_fault(
    settings: Settings, reads: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    reads.opened.set()
    async with served(settings, **PATIENT) as server:
        logging.getLogger("uvicorn.error").addHandler(caplog.handler)
        turns, last = await none_left(server)
        (await server.client()).writer.write(posted())
        await until(lambda: turns.waiting == 1)
        [connection] = server.server.server_state.connections
        # The transport is closed at once, and the protocol hears of it later than who waits for his turn.
        turns.end(last)
        connection.transport.abort()
        await until(lambda: server.app.gate.requests.in_flight == 0)
        await until(lambda: not server.server.server_state.tasks)
        assert reads.asked == 0
    logging.getLogger("uvicorn.error").removeHandler(caplog.handler)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_nobody_waits_longer_than_for_a_connection(settings: Settings, reads: Gate) -> None:
    async with served(settings, database_pool_timeout=0.2) as server:
        turns, last = await none_left(server)
        answer = await server.ask(posted())
        assert (answer.status, answer.code) == (503, "SERVICE_UNAVAILABLE")
        assert int(answer.headers["retry-after"]) >= 1
        assert (turns.waiting, reads.asked) == (0, 0)
        turns.end(last)
        reads.opened.set()
        assert (await server.ask(posted())).status == 200


async def test_the_time_of_a_request_runs_while_it_waits(settings: Settings, reads: Gate) -> None:
    async with served(settings, request_timeout=0.5, **PATIENT) as server:
        turns, _ = await none_left(server)
        answer = await server.ask(posted())
        assert (answer.status, answer.code) == (504, "TIMEOUT")
        assert (turns.waiting, reads.asked) == (0, 0)
