"""Clients that do not wait: requests leave when they are due, whether those before were answered or not.

As many clients would: who loads a server in turns, each request after the answer to the one before, slows down with it,
and never sees what it does under more than it can carry. Each generator is a process of its own.
"""

import asyncio
import multiprocessing
import random
import resource
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from time import perf_counter, time
from typing import cast

import uvloop

_FILES = 60_000
_AT_ONCE = 25
"""So many connections are opened at a time."""
LAST_CALL = 2.5
"""Seconds in which answers are still taken after a stage."""


@dataclass(slots=True)
class Told:
    """What came of the requests of a stage: seconds since each was due, by what became of it."""

    answered: list[tuple[float, float]] = field(default_factory=list)
    """When (seconds of the clock), and how late: 200."""
    shed: list[tuple[float, float]] = field(default_factory=list)
    """503."""
    other: list[str] = field(default_factory=list)
    """Any other status, and connections that broke with a request on them."""
    unsent: int = 0
    """All connections were busy."""
    unanswered: int = 0
    """When the stage ended."""

    def add(self, other: "Told") -> None:
        """Take in what another generator was told."""
        self.answered += other.answered
        self.shed += other.shed
        self.other += other.other
        self.unsent += other.unsent
        self.unanswered += other.unanswered


@dataclass(frozen=True, slots=True)
class Stage:
    """What one generator is to do: so many a second, at random, for so long."""

    rate: float
    seconds: float
    requests: Sequence[bytes]


class _Client(asyncio.Protocol):
    """One connection: a request, its answer, the next."""

    def __init__(self, told: Told, free: "list[_Client]") -> None:
        self._told = told
        self._free = free
        self._due = 0.0
        self._buffer = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._free.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._due:
            self._told.other.append(repr(exc) if exc else "hung up")
        elif self in self._free:
            self._free.remove(self)
        self._due, self.transport = 0.0, None

    def ask(self, request: bytes, due: float) -> None:
        assert self.transport is not None
        self._due = due
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            return
        self._buffer = b""
        due, self._due = self._due, 0.0
        status, late = head[9:12], perf_counter() - due
        if status == b"200" and body.startswith(b'{"data":{'):
            self._told.answered.append((time(), late))
        elif status == b"503":
            self._told.shed.append((time(), late))
        else:
            self._told.other.append(f"{status.decode()} {body[:80]!r}")
        self._free.append(self)

    def leave(self) -> None:
        self._due = 0.0
        if self.transport is not None:
            self.transport.abort()

    @property
    def waits(self) -> bool:
        return self._due > 0


async def _connected(port: int, number: int, told: Told, free: list[_Client]) -> list[_Client]:
    loop = asyncio.get_running_loop()
    for some in range(0, number, _AT_ONCE):
        made = [
            loop.create_connection(lambda: _Client(told, free), "127.0.0.1", port)
            for _ in range(min(_AT_ONCE, number - some))
        ]
        await asyncio.gather(*made)
    return list(free)


async def _run(pipe: Connection) -> None:
    """Serve until there are no more stages: connect, say so, ask, tell."""
    while (connect := pipe.recv()) is not None:
        told, free = Told(), list[_Client]()
        port, number = connect
        clients = await _connected(port, number, told, free)
        pipe.send(len(clients))
        stage: Stage = pipe.recv()
        due = perf_counter()
        ends = due + stage.seconds
        while due < ends:
            await asyncio.sleep(0.002)
            now = perf_counter()
            while due < min(now, ends):
                if free:
                    free.pop().ask(random.choice(stage.requests), due)
                else:
                    told.unsent += 1
                due += random.expovariate(stage.rate)
        await asyncio.sleep(LAST_CALL)
        told.unanswered = sum(client.waits for client in clients)
        pipe.send(told)
        for client in clients:
            client.leave()
        await asyncio.sleep(0.1)


def _work(pipe: Connection) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_FILES, hard), hard))
    uvloop.run(_run(pipe))


class Generators:
    """Processes that ask together."""

    def __init__(self, number: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipes = []
        self._processes = []
        for _ in range(number):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs,), daemon=True)
            process.start()
            self._pipes.append(ours)
            self._processes.append(process)

    def connect(self, port: int, connections: int) -> None:
        """Open so many connections, all together, for the next stage."""
        for pipe in self._pipes:
            pipe.send((port, connections // len(self._pipes)))
        for pipe in self._pipes:
            pipe.recv()

    def begin(self, rate: float, seconds: float, requests: Sequence[bytes]) -> None:
        """Ask `rate` times a second, all together."""
        for pipe in self._pipes:
            pipe.send(Stage(rate / len(self._pipes), seconds, requests))

    def end(self) -> Told:
        """Wait for the end, and tell what came of it."""
        told = Told()
        for pipe in self._pipes:
            told.add(pipe.recv())
        return told

    def close(self) -> None:
        """Let them go."""
        for pipe in self._pipes:
            pipe.send(None)
        for process in self._processes:
            process.join()
