"""After a lost connection it goes on where it was; what is gone is told as a gap."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from redis.asyncio import Redis

from core.settings import Settings
from db.database import Database
from db.plane import HISTORY
from db.writes.housekeeping import delete_what_is_old
from gql.events.ids import decode_event_id, encode_event_id
from gql.relay.ids import decode_id
from tests.fixtures.accounts import Person
from tests.subscriptions.listening import (
    CHANGED,
    COMMENT,
    COMMENTED,
    MULTIPART,
    PUBLISHED,
    SSE,
    add_post,
    opened,
    served,
    streamed,
)


async def _first_of(told: AsyncIterator[Any], number: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async for one in told:
        if one is not None:
            found.append(one.get("payload", one)["data"]["told"])
        if len(found) == number:
            break
    return found


async def test_one_goes_on_by_any_way_through_any_process(
    settings: Settings, url: str, writer: asyncpg.Connection, ann: Person
) -> None:
    async with opened(url) as client:
        await client.subscribe(PUBLISHED)
        await add_post(writer, "p0", ann.id)
        first = await client.next()
    for number in range(1, 6):
        await add_post(writer, f"p{number}", ann.id)
    expected = [f"p{number}" for number in range(1, 7)]
    async with served(settings) as other:
        for address in (url, other):
            async with opened(address) as client:
                await client.subscribe(PUBLISHED, after=first["eventId"])
                if address == url:
                    await add_post(writer, "p6", ann.id)
                by_socket = [await client.next() for _ in range(6)]
                assert [one["post"]["title"] for one in by_socket] == expected
                assert await client.is_quiet()
            for accept in (SSE, MULTIPART):
                async with streamed(address, accept, PUBLISHED, after=first["eventId"]) as told:
                    # The same events have the same ids, whatever way they come.
                    assert await _first_of(told, 6) == by_socket


async def test_one_goes_on_with_a_post_and_with_its_comments(url: str, writer: asyncpg.Connection, ann: Person) -> None:
    post, other = await add_post(writer, "one", ann.id), await add_post(writer, "other", ann.id)
    async with opened(url) as client:
        await client.subscribe(CHANGED, "post", id=post)
        await writer.execute("UPDATE posts SET title = title || '!'")
        last = (await client.next("post"))["eventId"]
    for ident in (post, other):
        await writer.execute(COMMENT, decode_id(ident)[1], ann.id, ident)
    await writer.execute("UPDATE posts SET title = title || '!'")
    async with opened(url) as client:
        await client.subscribe(CHANGED, "post", id=post, after=last)
        assert (await client.next("post"))["kind"] == "UPDATED"
        await client.subscribe(COMMENTED, "comments", id=post, after=last)
        assert (await client.next("comments"))["comment"]["body"] == post
        assert await client.is_quiet()


async def test_what_is_not_known_any_more_is_a_gap_and_then_it_goes_on(
    settings: Settings, url: str, database_url: str, writer: asyncpg.Connection, ann: Person
) -> None:
    async with opened(url) as client:
        await client.subscribe(PUBLISHED)
        for number in range(6):
            await add_post(writer, f"p{number}", ann.id)
        ids = [(await client.next())["eventId"] for _ in range(6)]
    await writer.execute(
        "UPDATE events SET at = now() - interval '25 hours' WHERE position <= $1", decode_event_id(ids[2])
    )
    database = Database(settings, database_url)
    deleted = await database.transact(delete_what_is_old)
    await database.close()
    assert deleted["events"] == await writer.fetchval("SELECT min(position) - 1 FROM events")
    async with opened(url) as client:
        for name, last, kinds in (
            ("too old", ids[1], ["GAP", "PUBLISHED", "PUBLISHED", "PUBLISHED"]),
            ("just known", ids[2], ["PUBLISHED", "PUBLISHED", "PUBLISHED"]),
            ("of the future", encode_event_id(10**6), ["GAP", "PUBLISHED", "PUBLISHED", "PUBLISHED"]),
        ):
            await client.subscribe(PUBLISHED, name, after=last)
            assert [(await client.next(name))["kind"] for _ in kinds] == kinds
            await client.say(type="complete", id=name)
        await client.subscribe(PUBLISHED, after=ids[-1])
        await add_post(writer, "p6", ann.id)
        assert (await client.next())["post"]["title"] == "p6"


async def test_one_goes_on_from_a_gap(url: str, writer: asyncpg.Connection, ann: Person) -> None:
    async with opened(url) as client:
        await client.subscribe(PUBLISHED, after=encode_event_id(0))
        await add_post(writer, "p0", ann.id)
        await client.next()
        await client.subscribe(PUBLISHED, "again", after=encode_event_id(10**6))
        gap = await client.next("again")
        assert (gap["kind"], gap["post"]) == ("GAP", None)
        await client.subscribe(PUBLISHED, "from the gap", after=gap["eventId"])


@pytest.mark.parametrize("harm", ["emptied", "of another log", "ahead", "of another kind", "full of nonsense"])
async def test_nothing_depends_on_what_redis_says(
    harm: str, settings: Settings, url: str, redis_url: str, writer: asyncpg.Connection, ann: Person
) -> None:
    history = await writer.fetchval(f"SELECT {HISTORY} FROM cache_plane p")
    key = f"{{events}}:{history}"
    async with Redis.from_url(redis_url) as redis, opened(url) as client:
        await client.subscribe(PUBLISHED)
        await add_post(writer, "p0", ann.id)
        assert (await client.next())["post"]["title"] == "p0"
        if harm in ("emptied", "of another kind"):
            await redis.delete(key)
        if harm == "of another kind":
            await redis.set(key, "x")
        if harm in ("of another log", "full of nonsense"):
            found: Any = await redis.xrevrange(key, count=1)
            last = found[0][0].decode().partition("-")[0]
            text = b"[]" if harm == "full of nonsense" else b"what?"
            await redis.xadd(key, {"e": text}, id=f"{int(last) + 1}-0")
        if harm == "ahead":
            await redis.xadd(key, {"e": b"[]"}, id="1000000-0")
        titles = [f"q{number}" for number in range(5)]
        for title in titles:
            await add_post(writer, title, ann.id)
        assert [(await client.next())["post"]["title"] for _ in titles] == titles
        async with served(settings) as other, opened(other) as second:
            await second.subscribe(PUBLISHED, after=encode_event_id(0))
            assert [(await second.next())["post"]["title"] for _ in range(6)] == ["p0", *titles]
            await add_post(writer, "last", ann.id)
            assert (await second.next())["post"]["title"] == "last"
            assert (await client.next())["post"]["title"] == "last"


async def test_a_log_that_another_server_made_begins_with_a_gap(
    url: str, writer: asyncpg.Connection, ann: Person
) -> None:
    await writer.execute("UPDATE event_log SET seen = '99999999999:99999999999:', position = 40")
    async with opened(url) as client:
        await client.subscribe(PUBLISHED, after=encode_event_id(40))
        assert (await client.next())["kind"] == "GAP"
        await add_post(writer, "p0", ann.id)
        assert (await client.next())["post"]["title"] == "p0"


async def test_a_long_transaction_holds_nobody_up_and_is_told_when_it_ends(
    database_url: str, url: str, writer: asyncpg.Connection, ann: Person
) -> None:
    slow = await asyncpg.connect(database_url)
    transaction = slow.transaction()
    await transaction.start()
    await add_post(slow, "slow", ann.id)
    async with opened(url) as client:
        await client.subscribe(PUBLISHED)
        await add_post(writer, "quick", ann.id)
        told = await client.next()
        assert told["post"]["title"] == "quick"
        await transaction.commit()
        assert (await client.next())["post"]["title"] == "slow"
    async with opened(url) as client:
        await client.subscribe(PUBLISHED, after=told["eventId"])
        assert (await client.next())["post"]["title"] == "slow"
    await slow.close()
