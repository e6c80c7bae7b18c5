"""Several connections are taken in each turn of the event loop, so that nobody stands behind all who come."""

import asyncio
import socket
from contextlib import ExitStack
from typing import Any

import uvicorn
import uvloop

from server.stopping import GracefulServer

MANY = 160


async def _turns_until_all_are_taken(listening: socket.socket) -> int:
    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        """Nobody asks anything."""

    server = GracefulServer(uvicorn.Config(app, lifespan="off", log_config=None), 0.0)
    loop, turns, taken = asyncio.get_running_loop(), 0, asyncio.Event()

    def turn() -> None:
        nonlocal turns
        turns += 1
        if len(server.server_state.connections) == MANY:
            taken.set()
        else:
            loop.call_soon(turn)

    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup([listening])
    loop.call_soon(turn)
    await taken.wait()
    server.handle_exit(2, None)
    await server.shutdown([listening])
    return turns


def test_those_who_come_together_are_taken_in_few_turns() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=MANY) as listening, ExitStack() as clients:
        for _ in range(MANY):
            clients.enter_context(socket.create_connection(listening.getsockname()))
        turns = uvloop.run(_turns_until_all_are_taken(listening))
    assert turns < MANY / 2


def test_when_it_has_stopped_nobody_listens_any_more() -> None:
    listening = socket.create_server(("127.0.0.1", 0), backlog=MANY)
    address = listening.getsockname()
    with ExitStack() as clients:
        for _ in range(MANY):
            clients.enter_context(socket.create_connection(address))
        uvloop.run(_turns_until_all_are_taken(listening))
    with socket.socket() as late:
        assert late.connect_ex(address) != 0
