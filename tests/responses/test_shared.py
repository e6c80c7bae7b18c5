"""What is the same for all is kept once for all; what is not, nobody gets but whom it was made for."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.fixtures.accounts import person
from tests.fixtures.api import Statements, serving
from tests.fixtures.servers import NewDatabase, execute, settings_for
from tests.model.shaped import shaped
from tests.model.write import write

PUBLIC = (
    "{ posts(first: 5) { totalCount nodes { title commentCount author { name } tags { name } } } }",
    '{ post(by: {slug: "post-0001"}) { title body comments { totalCount nodes { body author { name } } } } }',
    '{ node(id: "UG9zdDox") { ... on Post { title comments { nodes { body replyCount } } } } }',
    "{ users { nodes { name postCount posts(first: 2) { nodes { title } } } } }",
    "{ posts(where: {status: [PUBLISHED]}) { nodes { title } } }",
    '{ search(query: "kiwi or post") { totalCount nodes { title } } }',
    "{ posts(where: {status: []}) { totalCount } tags { nodes { name } } }",
)
PERSONAL = (
    "{ posts(where: {status: [DRAFT]}) { totalCount } tags { totalCount } }",
    '{ post(by: {slug: "nowhere"}) { title } }',
    "{ posts { nodes { viewerCanUpdate } } }",
    "{ posts { nodes { revisions { totalCount } } } }",
    "{ posts { nodes { comments { nodes { viewerCanUpdate } } } } }",
    '{ node(id: "Q29tbWVudDo5OTk5") { id } tags { totalCount } }',
)


@pytest.fixture
async def url(new_database: NewDatabase) -> str:
    url = await new_database()
    await write(shaped(2), url)
    await execute(url, "SELECT setval(pg_get_serial_sequence('users', 'id'), 1000)")
    await execute(url, "UPDATE comments SET status = 'VISIBLE'")
    return url


@pytest.fixture
async def http(url: str, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(settings_for(url, redis_url, cache=True)) as api:
        yield api.http


async def _ask(http: httpx.AsyncClient, query: str, headers: dict[str, str] | None = None) -> tuple[str, str]:
    """The answer, and what became of it."""
    response = await http.post("/graphql", json={"query": query}, headers=headers or {})
    return response.text, response.headers["cache-status"].partition("; ")[2]


@pytest.mark.parametrize("query", PUBLIC)
@pytest.mark.parametrize("first", ["anonymous", "ann", "eve"])
async def test_what_is_public_is_kept_once_for_all(query: str, first: str, http: httpx.AsyncClient, url: str) -> None:
    ann, eve = await person(url, "ann", "AUTHOR"), await person(url, "eve", "EDITOR")
    people = {"anonymous": {}, "ann": ann.headers, "eve": eve.headers}
    assert (await _ask(http, query, people[first]))[1] == "fwd=miss; stored"
    answers = [await _ask(http, query, headers) for headers in people.values()]
    assert [status for _, status in answers] == ["hit"] * 3
    assert len({text for text, _ in answers}) == 1


@pytest.mark.parametrize("query", PERSONAL)
async def test_what_looks_at_the_viewer_is_his(query: str, http: httpx.AsyncClient, url: str) -> None:
    people = [{}, *[(await person(url, name, "EDITOR")).headers for name in ("ann", "eve")]]
    for first in range(3):
        await execute(url, "UPDATE posts SET title = title || '.'", "UPDATE tags SET name = name || '.'")
        await execute(url, "UPDATE posts SET status = 'DRAFT' WHERE id = 2")
        order = [*people[first:], *people[:first]]
        statuses = [(await _ask(http, query, headers))[1] for headers in order for _ in range(2)]
        assert statuses[1::2] == ["hit"] * 3
        assert "hit" not in statuses[:1] or first


async def test_a_hidden_comment_makes_it_personal_and_one_that_is_shown_again_does_not(
    http: httpx.AsyncClient, url: str
) -> None:
    ann, eve = await person(url, "ann", "AUTHOR"), await person(url, "eve", "EDITOR")
    query = '{ post(by: {id: "UG9zdDox"}) { comments { nodes { body } } } }'
    await execute(url, "UPDATE comments SET status = 'HIDDEN' WHERE id = 1")
    moderated, status = await _ask(http, query, eve.headers)
    assert (status, "null" in moderated) == ("fwd=miss; stored", False)
    for headers in ({}, ann.headers):
        text, status = await _ask(http, query, headers)
        assert (status, "null" in text) == ("fwd=miss; stored", True)
    assert (await _ask(http, query.replace("body", "createdAt"), eve.headers))[1] == "fwd=miss; stored"
    assert (await _ask(http, query.replace("body", "createdAt"), ann.headers))[1] == "hit"
    await execute(url, "UPDATE comments SET status = 'VISIBLE'")
    assert (await _ask(http, query, eve.headers))[1] == "fwd=miss; stored"
    for headers in ({}, ann.headers):
        text, status = await _ask(http, query, headers)
        assert (status, "null" in text) == ("hit", False)


async def test_an_answer_about_a_draft_follows_the_rights_of_each(http: httpx.AsyncClient, url: str) -> None:
    ann, eve = await person(url, "ann", "AUTHOR"), await person(url, "eve", "EDITOR")
    query = '{ post(by: {id: "UG9zdDox"}) { title } }'
    for status in ("DRAFT", "PUBLISHED", "DRAFT", "ARCHIVED"):
        await execute(url, f"UPDATE posts SET status = '{status}', published_at = now() WHERE id = 1")
        for headers in ({}, eve.headers, ann.headers, {}, eve.headers, ann.headers):
            text, _ = await _ask(http, query, headers)
            seen = status == "PUBLISHED" or headers == eve.headers
            assert (json.loads(text)["data"]["post"] is not None) == seen


async def test_a_token_that_does_not_hold_is_refused_before_any_hit(http: httpx.AsyncClient, url: str) -> None:
    ann = await person(url, "ann", "AUTHOR")
    assert [(await _ask(http, PUBLIC[0], headers))[1] for headers in ({}, ann.headers)] == ["fwd=miss; stored", "hit"]
    await execute(url, "UPDATE sessions SET revoked_at = now()")
    for token in (ann.headers["Authorization"], "Bearer nonsense", "Basic YTpi"):
        response = await http.post("/graphql", json={"query": PUBLIC[0]}, headers={"Authorization": token})
        assert response.headers["cache-control"] == "no-store"
        assert "hit" not in response.headers.get("cache-status", "")
        assert "data" not in response.json()


async def test_nobody_is_served_what_he_might_not_have_run(url: str, redis_url: str) -> None:
    ann, bob = await person(url, "ann"), await person(url, "bob")
    async with serving(settings_for(url, redis_url, cache=True, max_cost_anonymous=20)) as api:
        dear, cheap = "{ posts(first: 50) { nodes { title } } }", "{ posts(first: 5) { nodes { title } } }"
        for headers in (ann.headers, bob.headers):
            assert (await _ask(api.http, dear, headers))[1] == "fwd=miss; stored"
            assert (await _ask(api.http, dear, headers))[1] == "hit"
        refused = await api.http.post("/graphql", json={"query": dear})
        assert refused.json()["errors"][0]["extensions"]["code"] == "QUERY_TOO_COSTLY"
        assert (await _ask(api.http, cheap, ann.headers))[1] == "fwd=miss; stored"
        assert [(await _ask(api.http, cheap, h))[1] for h in ({}, bob.headers)] == ["hit"] * 2


async def test_what_tells_of_its_caller_is_never_kept_however_it_is_spelt(url: str, redis_url: str) -> None:
    async with serving(settings_for(url, redis_url, cache=True)) as api:
        body = rb'{"query": "{ tags { totalCount } }", "extensions": {"expl\u0061in": true}}'
        address = "/graphql?query={tags{totalCount}}&extensions=%7B%22expl%61in%22%3Atrue%7D"
        for _ in range(3):
            posted = await api.http.post("/graphql", content=body, headers={"content-type": "application/json"})
            for response in (posted, await api.http.get(address)):
                assert "cost" in response.json()["extensions"]
                assert response.headers["cache-control"] == "no-store"


async def test_hits_of_those_who_are_signed_in_read_nothing_but_who_they_are(
    statements: Statements, url: str, redis_url: str
) -> None:
    people = [await person(url, f"reader{n}") for n in range(5)]
    async with serving(settings_for(url, redis_url, cache=True)) as api:
        await _ask(api.http, PUBLIC[0])
        with statements.counted() as sent:
            for one in people:
                assert (await _ask(api.http, PUBLIC[0], one.headers))[1] == "hit"
    reads = [statement for statement in sent if "pg_current_snapshot" not in statement]
    assert len(reads) == len(people)
    assert all("FROM users JOIN sessions" in statement for statement in reads)


async def test_many_who_are_signed_in_and_ask_at_once_cost_one_execution(
    statements: Statements, url: str, redis_url: str
) -> None:
    people = [await person(url, f"reader{n}") for n in range(20)]
    personal = "{ posts(where: {status: [DRAFT]}) { totalCount } tags { totalCount } }"
    async with serving(settings_for(url, redis_url, cache=True)) as api:
        with statements.counted() as sent:
            answers = await asyncio.gather(*(_ask(api.http, PUBLIC[0], one.headers) for one in people))
            await asyncio.sleep(0)
        assert len({text for text, _ in answers}) == 1
        assert len([statement for statement in sent if "posts" in statement and "snapshot" not in statement]) < 10
        answers = await asyncio.gather(*(_ask(api.http, personal, one.headers) for one in people))
        assert len({text for text, _ in answers}) == 1
