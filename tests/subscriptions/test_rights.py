"""Nobody is told what he may not know, and nobody is told anything when he is signed in no more."""

import asyncio
import time
from typing import Any

import asyncpg
import pytest

from core.access_tokens import AccessTokens
from core.settings import Settings
from gql.relay.ids import decode_id
from tests.fixtures.accounts import Person, person_by
from tests.fixtures.servers import settings_for
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


async def test_a_draft_is_told_of_to_those_who_may_read_it(url: str, writer: asyncpg.Connection, ann: Person) -> None:
    people = {"ann": ann}
    for name, role in (("bob", "AUTHOR"), ("eve", "EDITOR"), ("rob", "READER")):
        people[name] = await person_by(writer, name, role)  # type: ignore[arg-type]
    post = await add_post(writer, "one", ann.id, "DRAFT")
    row_id = decode_id(post)[1]
    link = "INSERT INTO post_coauthors (post_id, user_id, author_id, position) VALUES ($1, $2, $3, 0)"
    await writer.execute(link, row_id, people["bob"].id, ann.id)
    async with (
        opened(url) as stranger,
        opened(url, people["rob"].headers) as reader,
        opened(url, people["eve"].headers) as editor,
        opened(url, ann.headers) as author,
        opened(url, people["bob"].headers) as coauthor,
    ):
        all_ = (stranger, reader, editor, author, coauthor)
        for client in all_:
            await client.subscribe(CHANGED, id=post)
            await client.subscribe(COMMENTED, "comments", id=post)
        await writer.execute("UPDATE posts SET title = 'secret'")
        for client in (editor, author, coauthor):
            told = await client.next()
            assert (told["kind"], told["post"]["title"]) == ("UPDATED", "secret")
        await writer.execute(COMMENT, row_id, ann.id, "secret")
        for client in (editor, author, coauthor):
            assert (await client.next("comments"))["comment"]["body"] == "secret"
        await writer.execute("DELETE FROM posts")
        for client in (editor, author, coauthor):
            assert (await client.next())["kind"] == "DELETED"
        for client in all_:
            assert await client.is_quiet()


async def test_of_what_is_no_longer_public_only_that_is_told(url: str, writer: asyncpg.Connection, ann: Person) -> None:
    post = await add_post(writer, "one", ann.id)
    async with opened(url) as stranger, opened(url, ann.headers) as author:
        for client in (stranger, author):
            await client.subscribe(CHANGED, id=post)
        async with writer.transaction():
            await writer.execute("UPDATE posts SET status = 'DRAFT'")
            await writer.execute("UPDATE posts SET title = 'secret'")
        told = await stranger.next()
        assert (told["kind"], told["postId"], told["post"]) == ("UNPUBLISHED", post, None)
        assert (await author.next())["post"]["title"] == "secret"


async def test_what_one_is_told_is_not_what_another_is_told(url: str, writer: asyncpg.Connection, ann: Person) -> None:
    post = await add_post(writer, "one", ann.id)
    eve = await person_by(writer, "eve", "EDITOR")
    query = "subscription ($id: ID!) { told: postChanged(id: $id) { post { title viewerCanUpdate } } }"
    async with opened(url) as stranger, opened(url, ann.headers) as author, opened(url, eve.headers) as editor:
        clients = {stranger: False, author: True, editor: True}
        for client in clients:
            await client.subscribe(query, id=post)
        for number in range(5):
            await writer.execute("UPDATE posts SET title = $1", f"t{number}")
            for client, may in clients.items():
                assert (await client.next())["post"]["viewerCanUpdate"] is may


async def test_a_session_that_is_ended_ends_the_connection(url: str, writer: asyncpg.Connection, ann: Person) -> None:
    post = await add_post(writer, "one", ann.id, "DRAFT")
    again = await person_by(writer, "ann", "AUTHOR")
    async with (
        opened(url, ann.headers) as client,
        opened(url, again.headers) as other,
        streamed(url, SSE, CHANGED, ann.headers, id=post) as events,
        streamed(url, MULTIPART, CHANGED, ann.headers, id=post) as parts,
    ):
        for one in (client, other):
            await one.subscribe(CHANGED, id=post)
        async with writer.transaction():
            await writer.execute("UPDATE sessions SET revoked_at = now() WHERE id = $1", ann.session_id)
        await writer.execute("UPDATE posts SET title = 'secret'")
        assert await client.closed() == 4403
        said: list[Any] = [one async for one in events if one is not None]
        assert said[0]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert said[1:] == ["complete"]
        said = [one async for one in parts if one is not None]
        assert said[0]["payload"] is None
        assert said[0]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert said[1:] == ["complete"]
        assert (await other.next())["post"]["title"] == "secret"


async def test_a_role_that_is_taken_away_counts_from_the_next_event_on(
    url: str, writer: asyncpg.Connection, ann: Person
) -> None:
    post = await add_post(writer, "one", ann.id, "DRAFT")
    eve = await person_by(writer, "eve", "EDITOR")
    async with opened(url, eve.headers) as client:
        await client.subscribe(CHANGED, id=post)
        await writer.execute("UPDATE posts SET title = 'first'")
        assert (await client.next())["post"]["title"] == "first"
        await writer.execute("UPDATE users SET role = 'READER' WHERE username = 'eve'")
        await writer.execute("UPDATE posts SET title = 'secret'")
        await writer.execute("UPDATE users SET role = 'ADMIN' WHERE username = 'eve'")
        await writer.execute("UPDATE posts SET title = 'last'")
        assert (await client.next())["post"]["title"] == "last"
        assert await client.is_quiet()


async def test_a_connection_lasts_no_longer_than_its_token(
    settings: Settings, writer: asyncpg.Connection, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = AccessTokens(settings_for("postgresql://nowhere", "redis://nowhere", access_token_lifetime=1.0))
    headers = {"Authorization": f"Bearer {tokens.issue(ann.id, ann.session_id).token}"}
    monkeypatch.setattr("server.wire.lasting.time", lambda: time.time() + 30.5)  # beyond the leeway soon
    post = await add_post(writer, "one", ann.id)
    async with (
        served(settings) as url,
        opened(url, headers) as client,
        streamed(url, SSE, PUBLISHED, headers) as events,
        opened(url) as stranger,
    ):
        await stranger.subscribe(CHANGED, id=post)
        assert await client.closed() == 4403
        said: list[Any] = [one async for one in events if one is not None]
        assert said[0]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert await stranger.is_quiet()


async def test_a_session_that_was_ended_before_sends_nothing(url: str, writer: asyncpg.Connection, ann: Person) -> None:
    async with opened(url, ann.headers) as client:
        # Nothing is subscribed to: nobody tells of it.
        await writer.execute("UPDATE sessions SET revoked_at = now()")
        await asyncio.sleep(0)
        await client.say(type="subscribe", id="1", payload={"query": "{ viewer { user { username } } }"})
        assert await client.closed() == 4403
