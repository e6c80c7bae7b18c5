"""What an explained answer says would have happened without the question."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from server.wire.explained import without_explain
from tests.fixtures.accounts import person
from tests.fixtures.api import serving
from tests.fixtures.servers import NewDatabase, execute, settings_for
from tests.model.shaped import shaped
from tests.model.write import write

FEED = "{ posts(first: 2) { nodes { title } } }"


@pytest.fixture
async def url(new_database: NewDatabase) -> str:
    url = await new_database()
    await write(shaped(2), url)
    await execute(url, "SELECT setval(pg_get_serial_sequence('users', 'id'), 1000)")
    return url


@pytest.fixture
async def http(url: str, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(settings_for(url, redis_url, cache=True)) as api:
        yield api.http


async def _told(http: httpx.AsyncClient, query: str = FEED, **headers: str) -> Any:
    body = {"query": query, "extensions": {"explain": True}}
    response = await http.post("/graphql", json=body, headers=headers)
    assert response.headers["cache-control"] == "no-store"
    return response.json()["extensions"]["cache"]


async def test_it_tells_whether_it_would_be_a_hit_now(
    http: httpx.AsyncClient, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await person(url, "ann", "AUTHOR")
    missed = await _told(http)
    assert (missed["status"], missed["age"]) == ("MISS", 0)
    assert await _told(http) == missed, "to ask keeps nothing"
    await http.post("/graphql", json={"query": FEED})
    hit = await _told(http)
    assert (hit["status"], hit["tags"]) == ("HIT", missed["tags"])
    assert {"post:1", "posts?status=PUBLISHED"} <= {*hit["tags"]}
    assert (await _told(http, **ann.headers))["status"] == "HIT"
    monkeypatch.setattr("server.wire.explained.time", lambda: 42 + __import__("time").time())
    assert (await _told(http))["age"] in (42, 43)
    await execute(url, "UPDATE posts SET title = 'New'")
    assert (await _told(http))["status"] == "MISS"


async def test_it_tells_nothing_of_what_others_have(http: httpx.AsyncClient, url: str) -> None:
    ann, bob = await person(url, "ann", "AUTHOR"), await person(url, "bob", "AUTHOR")
    mine = "{ posts { nodes { viewerCanUpdate } } }"
    await http.post("/graphql", json={"query": mine}, headers=ann.headers)
    assert [(await _told(http, mine, **h))["status"] for h in (ann.headers, bob.headers, {})] == ["HIT", "MISS", "MISS"]


@pytest.mark.parametrize("query", ["{ __typename }", "{ rateLimit { limit } }", "{ viewer { id } }"])
async def test_what_is_never_kept_is_bypassed(http: httpx.AsyncClient, query: str) -> None:
    assert [(await _told(http, query))["status"] for _ in range(2)] == ["BYPASS"] * 2


async def test_without_a_cache_all_is_bypassed(url: str, redis_url: str) -> None:
    async with serving(settings_for(url, redis_url)) as api:
        assert (await _told(api.http))["status"] == "BYPASS"


async def test_by_get_too(http: httpx.AsyncClient) -> None:
    await http.get("/graphql", params={"query": FEED})
    answer = await http.get("/graphql", params={"query": FEED, "extensions": '{"explain": true}'})
    assert answer.json()["extensions"]["cache"]["status"] == "HIT"


BODY = {"query": '{ a(b: "\\"explain\\": true") }', "variables": {"explain": 1}}


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" ,\n", " :\t")])
@pytest.mark.parametrize("others", [{}, {"persistedQuery": {"version": 1}}])
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("before", [True, False])
def test_it_is_taken_out_of_a_body_letter_by_letter(
    separators: tuple[str, str], others: dict[str, Any], place: int, before: bool
) -> None:
    def written(extensions: dict[str, Any] | None) -> bytes:
        members = list(BODY.items())
        if extensions is not None:
            members.insert(place, ("extensions", extensions))
        return json.dumps(dict(members), separators=separators).encode()

    asked = {"explain": True, **others} if before else {**others, "explain": True}
    assert written(others or None) in without_explain("POST", written(asked))


def test_what_is_not_asked_for_is_not_taken_out() -> None:
    for raw in (b"{}", b"", b'{"query": "{ a }"}', b'{"extensions": {"explain": false}}', b"\xff\xfe"):
        assert without_explain("POST", raw) == []
        assert without_explain("GET", raw) == []
