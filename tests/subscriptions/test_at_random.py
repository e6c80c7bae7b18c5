"""Random writers, and listeners who come and go: each has in the end heard exactly what was committed, in its order.

The log says what that is: it is compared with what the writers did, and each listener with the log.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
from random import Random
from typing import Any

import asyncpg
import websockets
from redis.asyncio import Redis

from core.settings import Settings
from gql.events.ids import decode_event_id
from gql.relay.ids import decode_id, encode_id
from server.events.feed import make_events
from tests.fixtures.accounts import Person
from tests.fixtures.budget import seeds
from tests.fixtures.servers import connected
from tests.subscriptions.listening import CHANGED, COMMENT, COMMENTED, PATIENCE, PUBLISHED, add_post, opened, served

POSTS = 4
WRITES = 40
CHANGES = (
    "UPDATE posts SET title = title || '.', version = version + 1 WHERE id = $1",
    "UPDATE posts SET status = 'PUBLISHED', version = version + 1 WHERE id = $1",
    "UPDATE posts SET status = 'DRAFT', version = version + 1 WHERE id = $1",
)


@dataclass
class Listener:
    """Somebody who leaves now and then, in the midst of it, and goes on after what he heard last."""

    query: str
    post: str | None
    headers: dict[str, str]
    heard: list[tuple[int, str]] = field(default_factory=list)
    last: str | None = None

    async def listen(self, urls: list[str], random: Random, begun: asyncio.Event) -> None:
        while True:
            given: dict[str, Any] = {"after": self.last} if self.last else {}
            if self.post:
                given["id"] = self.post
            with contextlib.suppress(websockets.ConnectionClosed):
                async with opened(random.choice(urls), self.headers) as client:
                    await client.subscribe(self.query, **given)
                    begun.set()
                    for _ in range(random.randint(1, 6)):
                        told = await client.next()
                        self.last = told["eventId"]
                        self.heard.append((decode_event_id(told["eventId"]), told["kind"]))


async def _write(url: str, posts: list[int], author: int, random: Random) -> None:
    async with connected(url) as connection:
        for _ in range(WRITES):
            transaction = connection.transaction()
            await transaction.start()
            for post in sorted(random.sample(posts, random.randint(1, 2))):
                if random.random() < 0.3:
                    await connection.execute(COMMENT, post, author, "Hm")
                else:
                    await connection.execute(random.choice(CHANGES), post)
            await asyncio.sleep(random.random() * 0.02)
            await (transaction.rollback() if random.random() < 0.2 else transaction.commit())


async def test_each_hears_what_was_committed_in_its_order(
    settings: Settings, database_url: str, redis_url: str, writer: asyncpg.Connection, ann: Person
) -> None:
    for seed in seeds(2, 0.05):
        print(f"seed {seed}")  # noqa: T201
        await writer.execute("DELETE FROM posts")
        await _round(settings, (database_url, redis_url), writer, ann, Random(seed))


async def _round(
    settings: Settings, urls: tuple[str, str], writer: asyncpg.Connection, ann: Person, random: Random
) -> None:
    database_url, redis_url = urls
    posts = [
        await add_post(writer, f"p{number}", ann.id, random.choice(("DRAFT", "PUBLISHED"))) for number in range(POSTS)
    ]
    # What was before is nobody's: it is made events of, and forgotten.
    await make_events(database_url)
    await writer.execute("DELETE FROM events")
    row_ids = [decode_id(post)[1] for post in posts]
    listeners = [Listener(PUBLISHED, None, {}) for _ in range(3)]
    for post in posts:
        listeners += [Listener(CHANGED, post, headers) for headers in ({}, ann.headers)]
        listeners += [Listener(COMMENTED, post, ann.headers)]
    async with served(settings) as one, served(settings) as two, Redis.from_url(redis_url) as redis:
        begun = [asyncio.Event() for _ in listeners]
        tasks = [
            asyncio.create_task(each.listen([one, two], Random(random.random()), event))
            for each, event in zip(listeners, begun, strict=True)
        ]
        await _begin(tasks, begun)
        writing = [_write(database_url, row_ids, ann.id, Random(random.random())) for _ in range(4)]
        written = asyncio.Event()
        forgetting = asyncio.create_task(_forget(redis, Random(random.random()), written))
        await asyncio.gather(*writing)
        # Not cancelled: the driver may take that for a lost connection, and go on.
        written.set()
        await forgetting
        log: list[Any] = []
        async with asyncio.timeout(60):
            while not all(_has_heard_all(each, log) for each in listeners) or not log:
                await asyncio.sleep(0.1)
                log = await writer.fetch("SELECT * FROM events ORDER BY position")
                for task in tasks:
                    assert not task.done(), task.result()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for each in listeners:
        assert each.heard == _owed(each, log)
    assert [one["position"] for one in log] == list(range(log[0]["position"], log[-1]["position"] + 1))
    comments = await writer.fetch("SELECT id FROM comments")
    assert sorted(one["comment_id"] for one in log if one["kind"] == "COMMENT_ADDED") == sorted(
        c["id"] for c in comments
    )


async def _begin(tasks: list[asyncio.Task[None]], begun: list[asyncio.Event]) -> None:
    """Wait until all listen; who cannot says why."""
    async with asyncio.timeout(PATIENCE):
        while not all(event.is_set() for event in begun):
            await asyncio.sleep(0.01)
            for task in tasks:
                assert not task.done(), task.result()


async def _forget(redis: Redis, random: Random, written: asyncio.Event) -> None:
    """Empty what Redis has of events, again and again, as long as somebody writes."""
    while not written.is_set():
        await asyncio.sleep(random.random() * 0.3)
        async for key in redis.scan_iter("{events}:*"):
            await redis.delete(key)


def _owed(listener: Listener, log: list[Any]) -> list[tuple[int, str]]:
    """What he should have heard."""
    comments = listener.query == COMMENTED
    return [
        (one["position"], one["kind"])
        for one in log
        if (one["kind"] == "COMMENT_ADDED") is comments
        and (listener.query != PUBLISHED or one["kind"] == "PUBLISHED")
        and (listener.post is None or (one["post_id"] and encode_id("Post", one["post_id"]) == listener.post))
        and one["kind"] in ("PUBLISHED", "UPDATED", "UNPUBLISHED", "DELETED", "COMMENT_ADDED")
        and (listener.headers or one["is_public"])
    ]


def _has_heard_all(listener: Listener, log: list[Any]) -> bool:
    return len(listener.heard) >= len(_owed(listener, log))
