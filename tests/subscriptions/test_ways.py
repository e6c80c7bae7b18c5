"""Whatever way one subscribes, one is told everything, in order, once."""

import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from gql.relay.ids import decode_id
from tests.fixtures.accounts import Person
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


async def _next(told: AsyncIterator[Any]) -> dict[str, Any]:
    async for one in told:
        if one is not None:
            found: dict[str, Any] = one.get("payload", one)["data"]["told"]
            return found
    raise AssertionError("the stream ended")


async def test_a_socket_tells_of_posts_in_the_order_of_their_publication(
    url: str, writer: asyncpg.Connection, ann: Person
) -> None:
    await add_post(writer, "before", ann.id)
    async with opened(url) as client:
        await client.subscribe(PUBLISHED)
        for number in range(30):
            await add_post(writer, f"p{number}", ann.id, "DRAFT" if number % 3 else "PUBLISHED")
        titles = [(await client.next())["post"]["title"] for _ in range(10)]
        assert titles == [f"p{number}" for number in range(0, 30, 3)]
        assert await client.is_quiet()


@pytest.mark.parametrize("accept", [SSE, MULTIPART])
async def test_a_stream_tells_of_posts_in_the_order_of_their_publication(
    accept: str, url: str, writer: asyncpg.Connection, ann: Person
) -> None:
    await add_post(writer, "before", ann.id)
    async with streamed(url, accept, PUBLISHED) as told:
        for number in range(10):
            await add_post(writer, f"p{number}", ann.id)
        assert [(await _next(told))["post"]["title"] for _ in range(10)] == [f"p{number}" for number in range(10)]


async def test_a_post_is_followed_from_its_publication_to_its_end(
    url: str, writer: asyncpg.Connection, ann: Person
) -> None:
    post = await add_post(writer, "one", ann.id, "DRAFT")
    await add_post(writer, "other", ann.id)
    async with opened(url) as client:
        await client.subscribe(CHANGED, id=post)
        for change in ("title = 'secret'", "status = 'PUBLISHED'", "title = 'two'", "status = 'DRAFT'", "title = 'x'"):
            await writer.execute(f"UPDATE posts SET {change} WHERE slug = 'one'")
        await writer.execute("UPDATE posts SET status = 'PUBLISHED' WHERE slug = 'one'")
        await writer.execute("UPDATE posts SET title = 'untold' WHERE slug = 'other'")
        await writer.execute("DELETE FROM posts")
        told = [await client.next() for _ in range(5)]
        kinds = ["PUBLISHED", "UPDATED", "UNPUBLISHED", "PUBLISHED", "DELETED"]
        assert [one["kind"] for one in told] == kinds
        assert {one["postId"] for one in told} == {post}
        assert told[-1]["post"] is None
        assert await client.is_quiet()


async def test_comments_come_with_their_place(url: str, writer: asyncpg.Connection, ann: Person) -> None:
    post = await add_post(writer, "one", ann.id)
    other = await add_post(writer, "other", ann.id)
    async with opened(url) as client:
        await client.subscribe(COMMENTED, id=post)
        await writer.execute(COMMENT, decode_id(other)[1], ann.id, "elsewhere")
        await writer.execute(COMMENT, decode_id(post)[1], ann.id, "here")
        told = await client.next()
        assert (told["kind"], told["comment"]) == ("COMMENT_ADDED", {"body": "here", "author": {"username": "ann"}})
        assert told["commentEdge"]["node"] == {"body": "here"}
        assert told["commentEdge"]["cursor"]


async def test_only_posts_of_a_tag_or_an_author_are_told_of_if_one_asks_so(
    url: str, writer: asyncpg.Connection, ann: Person
) -> None:
    await writer.execute("INSERT INTO tags (slug, name) VALUES ('figs', 'Figs')")
    bob = await writer.fetchval("INSERT INTO users (username, name) VALUES ('bob', 'Bob') RETURNING id")
    arguments = "subscription ($tag: String, $author: ID)"
    query = f"{arguments} {{ told: postPublished(tag: $tag, author: $author) {{ post {{ title }} }} }}"
    async with opened(url) as client:
        await client.subscribe(query, "tag", tag="figs")
        await client.subscribe(query, "author", author=ann.node_id)
        await add_post(writer, "bob", bob)
        async with writer.transaction():
            tagged = await add_post(writer, "bob-on-figs", bob)
            await writer.execute("INSERT INTO post_tags SELECT $1, id, 0 FROM tags", decode_id(tagged)[1])
        async with writer.transaction():
            shared = await add_post(writer, "bob-with-ann", bob)
            link = "INSERT INTO post_coauthors (post_id, user_id, author_id, position) VALUES ($1, $2, $3, 0)"
            await writer.execute(link, decode_id(shared)[1], ann.id, bob)
        assert (await client.next("tag"))["post"]["title"] == "bob-on-figs"
        assert (await client.next("author"))["post"]["title"] == "bob-with-ann"
        assert await client.is_quiet()


async def test_one_transaction_is_told_once_whatever_it_took(url: str, writer: asyncpg.Connection, ann: Person) -> None:
    async with opened(url) as client:
        await client.subscribe(PUBLISHED)
        async with writer.transaction():
            post = await add_post(writer, "one", ann.id, "DRAFT")
            for change in ("status = 'PUBLISHED'", "title = 'two'", "status = 'DRAFT'", "status = 'PUBLISHED'"):
                await writer.execute(f"UPDATE posts SET {change}")
        await add_post(writer, "last", ann.id)
        assert (await client.next())["postId"] == post
        assert (await client.next())["post"]["title"] == "last"
        transaction = writer.transaction()
        await transaction.start()
        await add_post(writer, "never", ann.id)
        await transaction.rollback()
        assert await client.is_quiet()


async def test_too_many_rows_at_once_are_told_as_a_gap(url: str, writer: asyncpg.Connection, ann: Person) -> None:
    async with opened(url) as client:
        await client.subscribe(PUBLISHED)
        many = POST_MANY.format(1_001)
        await writer.execute(many, ann.id)
        told = await client.next()
        assert (told["kind"], told["post"], told["postId"]) == ("GAP", None, None)


POST_MANY = (
    "INSERT INTO posts (slug, title, excerpt, body, body_html, body_text, word_count, author_id, status, published_at) "
    "SELECT 'p' || n, 'p' || n, '', '', '', '', 0, $1, 'PUBLISHED', now() FROM generate_series(1, {}) AS n"
)


async def test_queries_and_mutations_are_answered_over_a_socket_too(
    url: str, writer: asyncpg.Connection, ann: Person
) -> None:
    post = await add_post(writer, "one", ann.id)
    async with opened(url, ann.headers) as client:
        await client.say(type="subscribe", id="q", payload={"query": "{ viewer { user { username } } }"})
        assert await client.hear() == {
            "id": "q",
            "type": "next",
            "payload": {"data": {"viewer": {"user": {"username": "ann"}}}},
        }
        assert await client.hear() == {"id": "q", "type": "complete"}
        query = 'mutation ($p: ID!) { addComment(input: {post: $p, body: "Hi"}) { comment { body } } }'
        await client.say(type="subscribe", id="m", payload={"query": query, "variables": {"p": post}})
        assert (await client.hear())["payload"] == {"data": {"addComment": {"comment": {"body": "Hi"}}}}
        assert await client.hear() == {"id": "m", "type": "complete"}


async def test_a_query_is_answered_as_a_stream_where_nothing_else_is_taken(url: str) -> None:
    async with streamed(url, SSE, "{ __typename }") as told:
        assert [one async for one in told] == [None, {"data": {"__typename": "Query"}}, "complete"]
    async with httpx.AsyncClient() as http:
        for accept in (f"application/json, {SSE}", MULTIPART):
            answer = await http.post(f"{url}/graphql", json={"query": "{ __typename }"}, headers={"accept": accept})
            assert answer.json() == {"data": {"__typename": "Query"}}, accept


async def test_a_subscription_that_asks_for_json_is_told_what_to_do(url: str) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{url}/graphql", json={"query": PUBLISHED})
        assert answer.status_code == 406
        [error] = answer.json()["errors"]
        assert error["extensions"]["code"] == "BAD_REQUEST"
        assert "text/event-stream" in error["message"]


@pytest.mark.parametrize("accept", [SSE, MULTIPART])
async def test_what_is_no_subscription_is_answered_with_its_errors(accept: str, url: str) -> None:
    async with httpx.AsyncClient() as http:
        for query, code in (
            ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription {", "GRAPHQL_PARSE_FAILED"),
            ('subscription { postChanged(id: "x") { kind } }', "BAD_USER_INPUT"),
            ('subscription { postPublished(afterEvent: "x") { kind } }', "BAD_USER_INPUT"),
        ):
            answer = await http.post(f"{url}/graphql", json={"query": query}, headers={"accept": accept})
            body = answer.text
            found = json.loads(body[body.index('{"') : body.rindex("}") + 1]) if accept == SSE else body
            assert code in str(found), (query, body)
            if accept == SSE:
                assert body.endswith("event: complete\ndata:\n\n")


@pytest.mark.parametrize("accept", [SSE, MULTIPART])
async def test_a_stream_shows_that_it_is_alive(accept: str, database_url: str, redis_url: str) -> None:
    async with (
        served(settings_for(database_url, redis_url, stream_heartbeat=0.05)) as url,
        streamed(url, accept, PUBLISHED) as told,
    ):
        assert [await anext(told) for _ in range(4)] == [None] * 4
