"""What the wire costs: CPU time of the server for `{ __typename }`, beside the least there is and Strawberry's router.

    .venv/bin/python -m bench.endpoint [requests]

Three servers of one worker each, on uvicorn: a bare ASGI callable that reads the body and answers a constant; this
project's application; Strawberry's router for FastAPI over the same schema. They are asked in turns, over 16
connections that are kept; the figure is user and system time of the server's process, divided by the requests.
"""

import asyncio
import json
import multiprocessing
import socket
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import uvicorn
from fastapi import FastAPI
from rich.console import Console
from rich.progress import track
from rich.table import Table
from strawberry.fastapi import GraphQLRouter

from cache.embedded import EmbeddedRedis
from core.settings import load_settings
from gql.schema import build_schema
from server.app import create_app
from server.http_protocol import bounded_protocol

ROUNDS = 5
CONNECTIONS = 16
BODY = json.dumps({"query": "{ __typename }"}).encode()
REQUEST = (
    b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
    b"Content-Length: %d\r\n\r\n" % len(BODY)
) + BODY
ANSWER = b'{"data":{"__typename":"Query"}}'
NO_LIMIT = 1_000_000


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """The least that an ASGI application does for a POST."""
    assert scope["type"] == "http"
    await receive()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(ANSWER))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": ANSWER})


def serve_bare(listening: socket.socket, _redis_url: str) -> None:
    """Serve the bare callable."""
    uvicorn.Server(uvicorn.Config(bare, log_config=None, access_log=False, lifespan="off")).run([listening])


def serve_ours(listening: socket.socket, redis_url: str) -> None:
    """Serve this project's application; `{ __typename }` asks no database."""
    settings = load_settings(
        database_url="postgresql://nowhere",
        redis_url=redis_url,
        cache=False,  # it would look at the database once
        token_keys="benchmark:0123456789abcdef0123456789abcdef",
        rate_anonymous=NO_LIMIT,
        rate_anonymous_burst=NO_LIMIT,
    )
    app, protocol = create_app(settings), bounded_protocol(settings)
    uvicorn.Server(uvicorn.Config(app, http=protocol, log_config=None, access_log=False)).run([listening])


def serve_strawberry(listening: socket.socket, _redis_url: str) -> None:
    """Serve the same schema by Strawberry's router."""
    app = FastAPI()
    app.include_router(GraphQLRouter(build_schema(), graphql_ide=None), prefix="/graphql")
    uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False)).run([listening])


SERVERS: dict[str, Callable[[socket.socket, str], None]] = {
    "a bare ASGI callable": serve_bare,
    "this endpoint": serve_ours,
    "Strawberry's router": serve_strawberry,
}


async def _ask(port: int, requests: int) -> None:
    """Send so many requests over one connection, each after the answer to the one before."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(requests):
        writer.write(REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        answer = json.loads(await reader.readexactly(length))
        if answer != {"data": {"__typename": "Query"}}:
            raise AssertionError(answer)
    writer.close()


async def _ask_all(port: int, requests: int) -> None:
    await asyncio.gather(*(_ask(port, requests // CONNECTIONS) for _ in range(CONNECTIONS)))


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def main() -> None:
    """Measure, and print a table."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 8_000
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="broadsheet-") as folder, EmbeddedRedis(Path(folder)) as redis:
        processes, ports = {}, {}
        for name, serve in SERVERS.items():
            listening = socket.create_server(("127.0.0.1", 0), backlog=256)
            ports[name] = listening.getsockname()[1]
            processes[name] = context.Process(target=serve, args=(listening, redis.url()), daemon=True)
            processes[name].start()
            asyncio.run(_ask_all(ports[name], 1_000))  # waits in the backlog until it serves, and warms it
        found: dict[str, list[float]] = {name: [] for name in SERVERS}
        for _ in track(range(ROUNDS), description="Asking"):
            for name in SERVERS:
                process = psutil.Process(processes[name].pid)
                before = _cpu(process)
                asyncio.run(_ask_all(ports[name], requests))
                found[name].append((_cpu(process) - before) / requests * 1e6)
        for one in processes.values():
            one.terminate()
    _print(found)


def _print(found: dict[str, list[float]]) -> None:
    table = Table("", "µs of CPU a request, median", "least", "times the bare one", title="{ __typename }")
    least = statistics.median(found["a bare ASGI callable"])
    for name, values in found.items():
        median = statistics.median(values)
        table.add_row(name, f"{median:.0f}", f"{min(values):.0f}", f"{median / least:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
