"""What a CDN in front may keep, under which names it lets go of it, and what it must never see."""

import json
import re
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import depends
from server.responses.surrogates import LONGEST_LIST, LONGEST_NAME, names_of, names_to_purge
from tests.fixtures.accounts import person
from tests.fixtures.api import serving
from tests.fixtures.servers import NewDatabase, execute, settings_for
from tests.model.shaped import shaped
from tests.model.write import write

FEED = "{ posts(first: 2) { nodes { title author { name } } } }"
PERSISTED = {"persistedQuery": {"version": 1, "sha256Hash": sha256(FEED.encode()).hexdigest()}}
NAME = re.compile(r"[A-Za-z0-9:?=&*_.~%+-]+")


@pytest.fixture
async def url(new_database: NewDatabase) -> str:
    url = await new_database()
    await write(shaped(3), url)
    await execute(url, "SELECT setval(pg_get_serial_sequence('users', 'id'), 1000)")
    return url


@pytest.fixture
async def http(url: str, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(settings_for(url, redis_url, cache=True, cdn_max_age=60)) as api:
        yield api.http


async def _get(http: httpx.AsyncClient, query: str = FEED, **headers: str) -> httpx.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await http.get("/graphql", params={"query": query}, headers=given)


def _names(response: httpx.Response) -> list[str]:
    names = response.headers["surrogate-key"].split(" ")
    assert response.headers["cache-tag"].split(",") == names
    return list(names)


async def test_public_answers_may_be_kept_and_purged_by_name(http: httpx.AsyncClient) -> None:
    first, again = await _get(http), await _get(http)
    for response in (first, again):
        assert response.headers["cache-control"] == "public, max-age=0, s-maxage=60, must-revalidate"
        assert response.headers["vary"] == "Accept, Authorization"
        assert {"*", "post*", "post:3", "posts?status=PUBLISHED", "user:9"} <= {*_names(response)}
        # What one caller may still spend is nobody else's business.
        assert "ratelimit" not in response.headers
    assert first.content == again.content
    known = await _get(http, if_none_match=first.headers["etag"])
    assert known.status_code == 304
    for name in ("cache-control", "etag", "vary", "surrogate-key", "cache-tag"):
        assert known.headers[name] == first.headers[name]


async def test_what_is_somebodys_is_nothing_for_a_cdn(http: httpx.AsyncClient, url: str) -> None:
    ann = await person(url, "ann", "AUTHOR")
    await _get(http)
    mine = "{ posts { nodes { viewerCanUpdate } } }"
    for response in (
        await _get(http, **ann.headers),
        await _get(http, cookie="a=b"),
        await _get(http, mine),
        await _get(http, mine),
        await _get(http, mine, **ann.headers),
        await _get(http, '{ post(by: {slug: "nowhere"}) { title } }'),
        await http.post("/graphql", json={"query": FEED}),
    ):
        assert response.status_code == 200
        assert "no-cache" in response.headers["cache-control"]
        assert "s-maxage" not in response.headers["cache-control"]
        assert "surrogate-key" not in response.headers
        assert "cache-tag" not in response.headers
        assert "ratelimit" in response.headers
    written = await _get(http, 'mutation { logOut(input: {refreshToken: "a"}) { userErrors { code } } }')
    assert written.status_code == 405
    for response in (
        written,
        await _get(http, "{ rateLimit { limit } }"),
        await _get(http, "{ nothing }"),
        await _get(http, "{ viewer { id } }"),
        await _get(http, Authorization="Bearer nonsense"),
    ):
        assert response.headers["cache-control"] == "no-store"
        assert "surrogate-key" not in response.headers


async def test_without_the_setting_nothing_is_public(url: str, redis_url: str) -> None:
    async with serving(settings_for(url, redis_url, cache=True)) as api:
        for _ in range(2):
            response = await _get(api.http)
            assert response.headers["cache-control"] == "no-cache"
            assert "surrogate-key" not in response.headers


async def test_where_other_origins_pages_may_read_it_a_cdn_keeps_them_apart(url: str, redis_url: str) -> None:
    settings = settings_for(url, redis_url, cache=True, cdn_max_age=60, cors_origins="https://one.example")
    async with serving(settings) as api:
        for headers in ({}, {"Origin": "https://one.example"}):
            response = await _get(api.http, **headers)
            assert "s-maxage" in response.headers["cache-control"]
            assert {"Accept", "Authorization", "Origin"} <= {*re.split(r", *", response.headers["vary"])}


async def test_no_longer_than_the_schema_allows(url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(settings_for(url, redis_url, cache=True, cdn_max_age=86_400)) as api:
        now = 1_000_000_000.0
        monkeypatch.setattr("time.time", lambda: now)
        monkeypatch.setattr("server.responses.clock.LONGEST_PAUSE", 1e12)
        for later, seconds, status in ((0, 3600, "stored"), (0, 3600, "hit"), (600.5, 2999, "hit"), (2_998, 1, "hit")):
            now += later
            response = await _get(api.http)
            assert response.headers["cache-status"].endswith(status)
            assert f"s-maxage={seconds}," in response.headers["cache-control"]
        now += 1
        assert (await _get(api.http)).headers["cache-control"] == "no-cache"
        now += 1
        assert (await _get(api.http)).headers["cache-status"].endswith("stored")
        now -= 10_000  # a clock that was set back
        assert (await _get(api.http)).headers["cache-status"].endswith("hit")


async def test_a_get_by_a_hash_goes_the_whole_way(http: httpx.AsyncClient, url: str) -> None:
    await execute(url, f"UPDATE posts SET title = 'Of this test {url[-9:]}'")
    by_hash = {"extensions": json.dumps(PERSISTED)}
    unknown = await http.get("/graphql", params=by_hash)
    if "errors" in unknown.json():  # another test may have registered it
        assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
        assert unknown.headers["cache-control"] == "no-store"
        assert not {"etag", "surrogate-key", "cache-tag"} & unknown.headers.keys()
    registered = await http.get("/graphql", params={**by_hash, "query": FEED})
    answers = [await http.get("/graphql", params=by_hash) for _ in range(3)]
    assert {answer.content for answer in answers} == {registered.content}
    assert {answer.headers["etag"] for answer in answers} == {registered.headers["etag"]}
    assert [answer.headers["cache-status"].partition("; ")[2] for answer in answers[1:]] == ["hit"] * 2
    for answer in answers:
        assert answer.headers["cache-control"].startswith("public, max-age=0, s-maxage=60")
        assert answer.headers["content-type"].startswith("application/json")
    await execute(url, "UPDATE posts SET title = 'Later'")
    assert "Later" in (await http.get("/graphql", params=by_hash)).text


async def test_names_of_what_is_asked_for_cannot_break_the_header(http: httpx.AsyncClient) -> None:
    for slug in ("a b", "a,b", "straße", "a%20b", "x" * 500, "a*", "a+", "\u2028", "tag:1 post:2"):
        response = await http.get(
            "/graphql",
            params={
                "query": "query ($s: String!) { tag(slug: $s) { name } }",
                "variables": json.dumps({"s": slug}),
            },
        )
        names = _names(response)
        assert names[:2] == ["*", "tag*"]
        assert len(names) == 3
        assert names[2] in names_to_purge({depends.unique("tag", "slug", slug)})


TAGS = st.sets(st.one_of(
    st.text(max_size=300).map(lambda slug: f"post?slug={slug}"),
    st.integers(1, 10**18).map(lambda key: f"comment:{key}"),
    st.sampled_from(("posts?status=PUBLISHED", "search", "titles", "user*", "*")),
), max_size=400)  # fmt: skip


@given(TAGS)
def test_names_are_plain_short_and_complete(tags: set[str]) -> None:
    names = names_of(tags)
    assert all(NAME.fullmatch(name) for name in names)
    assert max(map(len, names)) <= LONGEST_NAME
    assert len(" ".join(names)) <= LONGEST_LIST + 100
    for tag in tags - {"*", "user*"}:
        assert {*names} & {*names_to_purge({tag})}, "whoever purges for a tag reaches every answer that has it"
        assert {*names} & {*names_to_purge({depends.kind_of(tag)})}
    assert "*" in names


def test_different_tags_have_different_names() -> None:
    tags = [f"post?slug={slug}" for slug in ("a b", "a%20b", "a+b", "a,b", "x" * 400, "x" * 401, "ß" * 99)]
    names: list[Any] = [names_to_purge({tag}) for tag in tags]
    assert len({tuple(one) for one in names}) == len(tags)
