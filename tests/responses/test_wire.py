"""Kept responses as clients meet them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.fixtures.accounts import Client, codes, person
from tests.fixtures.api import Statements, serving
from tests.fixtures.servers import NewDatabase, execute, settings_for
from tests.model.shaped import shaped
from tests.model.write import write

POSTS = "{ posts { nodes { id title author { name } } } }"


@pytest.fixture
async def url(new_database: NewDatabase) -> str:
    url = await new_database()
    await write(shaped(2), url)
    await execute(url, "SELECT setval(pg_get_serial_sequence('users', 'id'), 1000)")
    return url


@pytest.fixture
async def two(url: str, redis_url: str) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """Two processes over the same servers."""
    settings = settings_for(url, redis_url, cache=True)
    async with serving(settings) as one, serving(settings) as other:
        yield one.http, other.http


async def _ask(http: httpx.AsyncClient, query: str = POSTS, **headers: str) -> httpx.Response:
    return await http.post("/graphql", json={"query": query}, headers=headers)


def _status(response: httpx.Response) -> str:
    return response.headers["cache-status"].partition("; ")[2]


async def test_an_answer_is_kept_and_found_by_every_process(two: tuple[httpx.AsyncClient, ...]) -> None:
    one, other = two
    first = await _ask(one)
    assert _status(first) == "fwd=miss; stored"
    again, elsewhere = await _ask(one), await _ask(other)
    assert _status(again) == _status(elsewhere) == "hit"
    assert first.content == again.content == elsewhere.content
    assert first.headers["etag"] == again.headers["etag"] == elsewhere.headers["etag"]


async def test_after_a_mutation_nobody_is_served_what_was_before(two: tuple[httpx.AsyncClient, ...], url: str) -> None:
    ann = await person(url, "eve", "EDITOR")
    for round_ in range(3):
        for http in two:
            await _ask(http)
        given = {"id": "UG9zdDox", "title": f"New {round_}"}
        payload = await Client(two[round_ % 2], ann).mutate("updatePost", given, "post { title }")
        assert payload["userErrors"] == []
        for http in two:
            found = await _ask(http)
            assert f"New {round_}" in found.text
            assert _status(found) in ("fwd=miss; stored", "hit")


async def test_what_a_mutation_did_not_touch_stays(two: tuple[httpx.AsyncClient, ...], url: str) -> None:
    eve = await person(url, "eve", "EDITOR")
    untouched = (
        '{ post(by: {id: "UG9zdDoy"}) { title } }',
        "{ tags { nodes { name } } }",
        "{ users { nodes { name } } }",
    )
    for query in untouched:
        await _ask(two[0], query)
    await Client(two[0], eve).mutate("updatePost", {"id": "UG9zdDox", "body": "New"}, "post { title }")
    assert [_status(await _ask(two[0], query)) for query in untouched] == ["hit"] * 3


@pytest.mark.parametrize(("tags", "left"), [(None, []), (["tags"], [0]), (["user:1", "post*"], [])])
async def test_an_administrator_lets_it_be_read_anew(
    tags: list[str] | None, left: list[int], two: tuple[httpx.AsyncClient, ...], url: str
) -> None:
    ada, eve = await person(url, "ada", "ADMIN"), await person(url, "eve", "EDITOR")
    queries = (POSTS, "{ tags { nodes { name posts { nodes { author { name } } } } } }")
    for http in two:
        for query in queries:
            await _ask(http, query)
    refused = await Client(two[0], eve).mutate("purgeCache", {}, "success")
    assert (refused["success"], codes(refused)) == (False, [("FORBIDDEN", None)])
    assert [_status(await _ask(two[1], query)) for query in queries] == ["hit", "hit"]
    done = await Client(two[0], ada).mutate("purgeCache", {} if tags is None else {"tags": tags}, "success")
    assert (done["success"], codes(done)) == (True, [])
    hits = [n for n, query in enumerate(queries) if _status(await _ask(two[1], query)) == "hit"]
    assert hits == left


async def test_a_thousand_who_ask_at_once_cost_one_execution(url: str, redis_url: str, statements: Statements) -> None:
    async with serving(settings_for(url, redis_url, cache=True, max_requests=2_000)) as api:
        await _ask(api.http)
        await execute(url, "UPDATE posts SET title = 'Now'")
        with statements.counted() as sent:
            answers = await asyncio.gather(*(_ask(api.http) for _ in range(1_000)))
            await asyncio.sleep(0)
    assert all("Now" in answer.text for answer in answers)
    reads = [statement for statement in sent if "pg_current_snapshot" not in statement]
    assert len(reads) == 2, "one for the page, one for the authors"
    assert len(sent) < 50


async def test_a_client_that_has_it_is_told_so(two: tuple[httpx.AsyncClient, ...]) -> None:
    first = await two[0].get("/graphql", params={"query": POSTS})
    etag = first.headers["etag"]
    again = await two[0].get("/graphql", params={"query": POSTS}, headers={"if-none-match": f'"x", W/{etag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag
    other = await two[0].get("/graphql", params={"query": POSTS}, headers={"if-none-match": '"x"'})
    assert other.status_code == 200


async def test_nobody_gets_what_was_made_for_another(two: tuple[httpx.AsyncClient, ...], url: str) -> None:
    ann, bob = await person(url, "ann", "AUTHOR"), await person(url, "bob", "AUTHOR")
    query = "{ posts(first: 1, where: {status: [DRAFT, PUBLISHED]}) { nodes { id viewerCanUpdate } } }"
    answers = [await _ask(two[0], query, **headers) for headers in ({}, ann.headers, bob.headers) for _ in range(2)]
    assert [_status(one) for one in answers] == ["fwd=miss; stored", "hit"] * 3
    assert len({one.headers["etag"] for one in answers}) == 3
    assert {one.headers["cache-control"] for one in answers} == {"private, no-cache"}


@pytest.mark.parametrize(
    "query",
    [
        "{ __typename }",
        "{ __schema { queryType { name } } }",
        "{ rateLimit { remaining } posts { totalCount } }",
        "{ viewer { sessions { id } } }",
        "{ posts(first: 500) { totalCount } tags { totalCount } }",
        "{ nothing }",
    ],
)
async def test_some_answers_are_never_kept(query: str, two: tuple[httpx.AsyncClient, ...], url: str) -> None:
    ann = await person(url, "ann", "AUTHOR")
    for _ in range(3):
        response = await _ask(two[0], query, **ann.headers)
        assert response.headers["cache-control"] == "no-store"
        assert "etag" not in response.headers
        assert "hit" not in response.headers.get("cache-status", "")


async def test_a_role_that_was_taken_shows_nothing_more(two: tuple[httpx.AsyncClient, ...], url: str) -> None:
    ada, eve = await person(url, "ada", "ADMIN"), await person(url, "eve", "EDITOR")
    query = "{ posts { nodes { viewerCanUpdate } } }"

    async def may() -> Any:
        return {
            node["viewerCanUpdate"]
            for node in (await _ask(two[1], query, **eve.headers)).json()["data"]["posts"]["nodes"]
        }

    assert await may() == {True}
    await Client(two[0], ada).mutate("setUserRole", {"user": eve.node_id, "role": "READER"}, "user { role }")
    assert await may() == {False}


async def test_after_a_long_pause_nothing_is_believed(
    two: tuple[httpx.AsyncClient, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [_status(await _ask(two[0])) for _ in range(2)] == ["fwd=miss; stored", "hit"]
    monkeypatch.setattr("server.responses.clock.LONGEST_PAUSE", -1.0)
    assert [_status(await _ask(two[0])) for _ in range(2)] == ["fwd=miss; stored", "fwd=miss; stored"]
    monkeypatch.undo()
    assert _status(await _ask(two[0])) == "hit"


async def test_without_a_database_what_needs_none_is_answered(redis_url: str) -> None:
    async with serving(settings_for("postgresql://127.0.0.1:1/nowhere", redis_url, cache=True)) as api:
        assert await api.data("{ __typename }") == {"__typename": "Query"}
        assert (await api.error("{ tags { totalCount } }"))["extensions"]["code"] == "SERVICE_UNAVAILABLE"


async def test_without_redis_each_process_keeps_its_own(url: str) -> None:
    settings = settings_for(url, "redis://127.0.0.1:1/0", cache=True)
    async with serving(settings) as api:
        assert [_status(await _ask(api.http)) for _ in range(3)] == ["fwd=miss; stored", "hit", "hit"]
