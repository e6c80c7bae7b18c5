"""Readers and writers of the blog, by all server processes at once, and a history of what they were told."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from time import perf_counter
from typing import Any

import orjson

from tests.faults.blog import ONE_POST, TOGGLED, WRITTEN, Blog, Question, TornError, any_question, history_of, shown
from tests.faults.figures import HUNG_UP, Figures, Read, hits_are_back
from tests.faults.history import History
from tests.faults.wire import Connection, Reply, get, post
from tests.faults.world import Server
from tests.fixtures.accounts import FAILURES, bearer
from tests.fixtures.servers import connected

WRITERS = 4
LONGEST_THOUGHT = 0.01

_UPDATE = (
    f"mutation ($input: UpdatePostInput!) {{ payload: updatePost(input: $input) {{ {FAILURES} post {{ version }} }} }}"
)
_STEP = "mutation ($input: VersionedInput!) {{ payload: {0}Post(input: $input) {{ {1} post {{ version }} }} }}"
_STEPS = {step: _STEP.format(step, FAILURES) for step in ("publish", "unpublish")}
_COMMENT = (
    f"mutation ($input: AddCommentInput!, $key: String!) {{ payload: addComment(input: $input) @idempotent(key: $key) "
    f"{{ {FAILURES} comment {{ post {{ commentCount }} }} }} }}"
)
COMMENTED = "Well said, "
"""How each comment begins; its idempotency key follows."""


@dataclass
class Load:
    """What runs, and what came of it."""

    blog: Blog
    servers: Sequence[Server]
    history: History
    random: Random
    readers: int
    longest_rest: float
    """Seconds between two writes of a writer, at most."""
    figures: Figures = field(default_factory=Figures)
    commented: dict[str, bool] = field(default_factory=dict)
    """Each comment's idempotency key, and whether it was acknowledged."""
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def hits_back(self, since: float, within: float) -> float | None:
        """Seconds until each process has hits again; None if they do not come in time."""
        while (at := hits_are_back(self.figures.reads, since, len(self.servers))) is None:
            if perf_counter() - since > within:
                return None
            await self.sleep(0.02)
        return at - since

    async def sleep(self, seconds: float) -> None:
        """Let it go on for a while; raises what went wrong in it."""
        await asyncio.sleep(seconds)
        for task in self._tasks:
            if task.done():
                task.result()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Load"]:
        """Read and write inside the block."""
        for number in range(self.readers):
            self._tasks.append(asyncio.create_task(self._reader(number, Random(self.random.random()))))
        for _ in range(WRITERS):
            self._tasks.append(asyncio.create_task(self._writer(Random(self.random.random()))))
        try:
            yield self
        finally:
            self._stopped.set()
            done = await asyncio.gather(*self._tasks, return_exceptions=True)
        for result in done:
            if result is not None:
                raise result

    async def _reader(self, number: int, random: Random) -> None:
        """Every third is signed in; every second asks by GET, and knows what he was answered last."""
        rob = self.blog.reader
        headers = bearer(rob.id, rob.session_id) if number % 3 == 0 else {}
        by_get = number % 2 == 0
        known: dict[str, tuple[str, dict[str, int | None]]] = {}
        connections = [Connection(server.port) for server in self.servers]
        try:
            while not self._stopped.is_set():
                question, server = any_question(random), random.randrange(len(connections))
                etag, before = known.get(question.text, ("", {}))
                condition = {"If-None-Match": etag} if etag and random.random() < 0.5 else {}
                request = get(question.text, headers | condition) if by_get else post(question.text, headers=headers)
                found = await self._read(server, connections[server], request, question, before)
                if found is not None:
                    known[question.text] = found
                await asyncio.sleep(random.random() * LONGEST_THOUGHT)
        finally:
            for connection in connections:
                await connection.close()

    async def _read(
        self, server: int, connection: Connection, request: bytes, question: Question, before: dict[str, int | None]
    ) -> tuple[str, dict[str, int | None]] | None:
        """Ask, note, and hold the answer against the history; its ETag and what it showed."""
        began, hit, error, found = self.history.begin(), False, None, None
        try:
            reply = await connection.ask(request)
            hit, error = reply.is_hit, _error(reply)
            if error is None:
                seen = before if reply.status == 304 else shown(question, orjson.loads(reply.body)["data"])
                status = reply.headers.get(b"cache-status", b"").decode()
                self.history.end(began, seen, f"server {server}, {reply.status} {status}")
                found = reply.headers.get(b"etag", b"").decode(), seen
        except TornError as torn:
            self.history.violate(f"server {server}: {torn}")
        except TimeoutError:
            error = "timeout"
        except OSError:
            error = HUNG_UP
        self.figures.reads.append(Read(server, began, perf_counter(), hit, error))
        if error:
            await asyncio.sleep(0.02)
        return found

    async def _writer(self, random: Random) -> None:
        """Write, and often look at once, by any server, what became of it."""
        eve = self.blog.editor
        headers = bearer(eve.id, eve.session_id)
        connections = [Connection(server.port) for server in self.servers]
        try:
            while not self._stopped.is_set():
                server, draw = random.randrange(len(connections)), random.random()
                slug = random.choice(TOGGLED) if draw < 0.3 else random.choice(WRITTEN)
                if draw > 0.75:
                    await self._comment(slug, connections, headers, random)
                else:
                    async with self._locks.setdefault(slug, asyncio.Lock()):
                        await self._change(slug, server, connections[server], headers)
                if random.random() < 0.5:
                    server = random.randrange(len(connections))
                    await self._read(server, connections[server], post(ONE_POST[slug].text), ONE_POST[slug], {})
                await asyncio.sleep(random.random() * self.longest_rest)
        finally:
            for connection in connections:
                await connection.close()

    async def _change(self, slug: str, server: int, connection: Connection, headers: dict[str, str]) -> None:
        """Bring a post to its next version. One that comes late, after its end was unknown, finds another version."""
        key = f"post {slug}"
        version = self.history.newest(key)
        given = {"id": self.blog.ids[slug], "expectedVersion": version}
        if slug in TOGGLED:
            text = _STEPS["unpublish" if version % 2 else "publish"]
        else:
            text, given = _UPDATE, {**given, "title": f"{slug} r{version + 1}"}
        self.history.attempt(key, version + 1)
        payload = await self._written(server, connection, post(text, {"input": given}, headers))
        if payload is None:
            return
        if payload["userErrors"]:
            [refusal] = payload["userErrors"]
            assert refusal["code"] == "VERSION_CONFLICT", refusal
            self.figures.writes["in conflict"] += 1
            self.history.acknowledge(key, refusal["currentVersion"])
            return
        assert payload["post"]["version"] == version + 1, payload
        self.history.acknowledge(key, version + 1)

    async def _comment(
        self, slug: str, connections: Sequence[Connection], headers: dict[str, str], random: Random
    ) -> None:
        """Add a comment, by any server, again and again under one key until it is acknowledged.

        How many there are is known from the answer, and may be more by those of unknown end.
        """
        key, counted = f"{random.getrandbits(64):016x}", f"comments {slug}"
        self.history.attempt_more(counted)
        self.commented[key] = False
        given = {"post": self.blog.ids[slug], "body": f"{COMMENTED}{key}"}
        while not self._stopped.is_set():
            server = random.randrange(len(connections))
            request = post(_COMMENT, {"input": given, "key": key}, headers)
            payload = await self._written(server, connections[server], request)
            if payload is not None:
                assert payload["userErrors"] == [], payload
                self.commented[key] = True
                self.history.acknowledge(counted, payload["comment"]["post"]["commentCount"])
                return

    async def _written(self, server: int, connection: Connection, request: bytes) -> dict[str, Any] | None:
        """The payload of a mutation; None where its end is unknown."""
        began, payload = perf_counter(), None
        try:
            reply = await connection.ask(request)
        except TimeoutError:
            error: str | None = "timeout"
        except OSError:
            error = HUNG_UP
        else:
            error = _error(reply)
            if error is None:
                payload = orjson.loads(reply.body)["data"]["payload"]
        self.figures.attempts.append(Read(server, began, perf_counter(), hit=False, error=error))
        self.figures.writes["acknowledged" if error is None else f"unknown: {error}"] += 1
        if error is not None:
            await asyncio.sleep(0.02)
        return payload


def _error(reply: Reply) -> str | None:
    """The code of an answer's first error, or its status; None where all is well."""
    if reply.status == 304:
        return None
    body = orjson.loads(reply.body)
    if "errors" in body:
        return str(body["errors"][0].get("extensions", {}).get("code"))
    return None if reply.status == 200 else f"status {reply.status}"


async def loaded(
    blog: Blog, url: str, servers: Sequence[Server], random: Random, *, readers: int = 10, longest_rest: float = 0.15
) -> Load:
    """A load over the blog as it is now."""
    async with connected(url) as connection:
        return Load(blog, servers, await history_of(connection), random, readers, longest_rest)
