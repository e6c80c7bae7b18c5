"""Several clients at the same time, over the wire, each on a connection of its own."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from tests.fixtures.accounts import Client, Person, codes, person
from tests.fixtures.live import LiveServer, started
from tests.fixtures.servers import TOKEN_KEY, NewDatabase, connected

Clients = list[Client]


@pytest.fixture(scope="module")
async def url(new_database: NewDatabase) -> str:
    return await new_database()


@pytest.fixture(scope="module")
def server(url: str, redis_url: str) -> Any:
    settings = {"BROADSHEET_TOKEN_KEYS": TOKEN_KEY, "BROADSHEET_SAMPLE": "false"}
    with started(DATABASE_URL=url, REDIS_URL=redis_url, **settings) as server:
        yield server


@pytest.fixture(scope="module")
async def ed(url: str) -> Person:
    return await person(url, "ed", "EDITOR")


@pytest.fixture
async def clients(server: LiveServer) -> AsyncIterator[Clients]:
    """A hundred clients that share no connection."""
    async with AsyncExitStack() as stack:
        limits = httpx.Limits(max_connections=1)
        yield [
            Client(await stack.enter_async_context(httpx.AsyncClient(base_url=server.url, limits=limits, timeout=60)))
            for _ in range(100)
        ]


async def _post(client: Client, **given: Any) -> Any:
    payload = await client.mutate("createPost", {"title": "A post", "body": "x", **given}, "post { id slug version }")
    assert codes(payload) == []
    return payload["post"]


async def test_of_two_editors_of_one_version_one_wins(clients: Clients, ed: Person) -> None:
    post = await _post(clients[0].by(ed))
    given = [{"id": post["id"], "expectedVersion": 1, "title": f"Title {n}"} for n in range(10)]
    tries = (
        client.by(ed).mutate("updatePost", one, "post { version }") for client, one in zip(clients, given, strict=False)
    )
    payloads = await asyncio.gather(*tries)
    assert Counter(code for payload in payloads for code, _ in codes(payload)) == {"VERSION_CONFLICT": 9}
    assert [one["post"] for one in payloads if one["post"]] == [{"version": 2}]
    conflict = next(one for payload in payloads for one in payload["userErrors"])
    assert (conflict["expectedVersion"], conflict["currentVersion"]) == (1, 2)
    revisions = (
        await clients[0]
        .by(ed)
        .data("query ($id: ID!) { post(by: {id: $id}) { version revisions { nodes { version } } } }", id=post["id"])
    )
    assert revisions["post"] == {"version": 2, "revisions": {"nodes": [{"version": 2}, {"version": 1}]}}


async def test_one_slug_twice_is_taken_once(clients: Clients, ed: Person) -> None:
    tries = (
        client.by(ed).mutate("createPost", {"title": "x", "slug": "the-one", "body": ""}, "post { slug }")
        for client in clients[:20]
    )
    payloads = await asyncio.gather(*tries)
    assert Counter(code for payload in payloads for code, _ in codes(payload)) == {"TAKEN": 19}
    suggestions = {one["suggestion"] for payload in payloads for one in payload["userErrors"]}
    assert suggestions == {"the-one-2"}


async def test_one_title_many_times_makes_as_many_slugs(clients: Clients, ed: Person) -> None:
    posts = await asyncio.gather(*(_post(client.by(ed), title="Same title") for client in clients[:50]))
    assert {post["slug"] for post in posts} == {"same-title", *(f"same-title-{n}" for n in range(2, 51))}


async def test_one_tag_many_times_is_made_once(clients: Clients, ed: Person, url: str) -> None:
    await asyncio.gather(
        *(
            _post(client.by(ed), tags=["Zebra", "Aardvark"][:: 1 if n % 2 else -1])
            for n, client in enumerate(clients[:40])
        )
    )
    async with connected(url) as connection:
        assert await connection.fetchval("SELECT count(*) FROM tags WHERE slug IN ('zebra', 'aardvark')") == 2
        assert await connection.fetchval("SELECT count(*) FROM post_tags") == 80


async def test_one_name_signs_up_once(clients: Clients) -> None:
    def given(number: int) -> dict[str, Any]:
        address = f"one{number}@example.org" if number % 2 else "one@example.org"
        return {"username": "one", "email": address, "name": "One", "password": "correct horse battery"}

    payloads = await asyncio.gather(
        *(client.mutate("signUp", given(n), "accessToken") for n, client in enumerate(clients[:8]))
    )
    assert len([one for one in payloads if one["accessToken"]]) == 1
    assert {code for payload in payloads for code, _ in codes(payload)} == {"TAKEN"}


async def test_one_refresh_token_twice_gives_one_successor(clients: Clients, url: str) -> None:
    ann = await person(url, "ann")
    given = {"refreshToken": ann.refresh_token}
    payloads = await asyncio.gather(*(c.mutate("refreshSession", given, "refreshToken") for c in clients[:10]))
    assert [codes(payload) for payload in payloads] == [[]] * 10
    assert len({payload["refreshToken"] for payload in payloads}) == 1


async def test_one_idempotency_key_fifty_times_is_done_once(clients: Clients, ed: Person, url: str) -> None:
    post = await _post(clients[0].by(ed), status="PUBLISHED")
    given = {"post": post["id"], "body": "Once."}
    payloads = await asyncio.gather(
        *(c.by(ed).mutate("addComment", given, "comment { id }", key="once") for c in clients[:50])
    )
    assert [codes(payload) for payload in payloads] == [[]] * 50
    assert len({payload["comment"]["id"] for payload in payloads}) == 1
    async with connected(url) as connection:
        assert await connection.fetchval("SELECT count(*) FROM comments WHERE body = 'Once.'") == 1


async def test_a_hundred_comments_at_once_are_all_counted(clients: Clients, ed: Person) -> None:
    post = await _post(clients[0].by(ed), status="PUBLISHED")
    payloads = await asyncio.gather(
        *(
            c.by(ed).mutate("addComment", {"post": post["id"], "body": f"Comment {n}"}, "comment { id }")
            for n, c in enumerate(clients)
        )
    )
    assert [codes(payload) for payload in payloads] == [[]] * 100
    query = "query ($id: ID!) { post(by: {id: $id}) { commentCount comments(first: 100) { totalCount nodes { id } } } }"
    found = (await clients[0].data(query, id=post["id"]))["post"]
    assert (found["commentCount"], found["comments"]["totalCount"]) == (100, 100)
    assert {one["id"] for one in found["comments"]["nodes"]} == {one["comment"]["id"] for one in payloads}


async def test_two_administrators_cannot_leave_none(clients: Clients, url: str) -> None:
    one, other = await person(url, "boss1", "ADMIN"), await person(url, "boss2", "ADMIN")
    payloads = await asyncio.gather(
        clients[0].by(one).mutate("setUserRole", {"user": other.node_id, "role": "READER"}, "user { role }"),
        clients[1].by(other).mutate("setUserRole", {"user": one.node_id, "role": "READER"}, "user { role }"),
    )
    async with connected(url) as connection:
        assert await connection.fetchval("SELECT count(*) FROM users WHERE role = 'ADMIN'") >= 1
    assert len([payload for payload in payloads if payload["userErrors"]]) <= 1


async def test_posts_deleted_and_commented_at_the_same_time_leave_nothing_behind(
    clients: Clients, ed: Person, url: str
) -> None:
    post = await _post(clients[0].by(ed), status="PUBLISHED", tags=["Zebra"])
    comments = (
        c.by(ed).mutate("addComment", {"post": post["id"], "body": "gone"}, "comment { id }") for c in clients[1:20]
    )
    deletion = clients[0].by(ed).mutate("deletePost", {"id": post["id"]}, "deletedId")
    deleted, *payloads = await asyncio.gather(deletion, *comments)
    assert deleted["deletedId"] == post["id"]
    assert {code for payload in payloads for code, _ in codes(payload)} <= {"NOT_FOUND"}
    async with connected(url) as connection:
        assert await connection.fetchval("SELECT count(*) FROM comments WHERE body = 'gone'") == 0
