import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from cache.rate_limit import RateLimiter
from server.app import Application, create_app
from tests.fixtures.accounts import person
from tests.fixtures.servers import connected, settings_for
from tests.wire.asking import JSON, PATH, RESPONSE, code_of, media_type, post, the_error

QUERY = "{ __typename }"
RATES: dict[str, object] = {
    "rate": 1,
    "rate_burst": 200,
    "rate_anonymous": 1,
    "rate_anonymous_burst": 100,
    "max_cost": 200,
    "max_cost_anonymous": 100,
}
AWAY = "redis://127.0.0.1:1/0"
"""No Redis, whose clock goes on: a process alone, whose clock stands still, tells figures that can be foreseen."""
LIMIT = re.compile(r'"cost";r=(\d+);t=(\d+)')


@pytest.fixture
def _no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cache.rates.RateLimiter", lambda redis: RateLimiter(redis, lambda: 1_000.0))


stands_still = pytest.mark.usefixtures("_no_time_passes")


def client_at(app: Application, address: str) -> httpx.AsyncClient:
    """Speaks to the application from an address."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 1)), base_url="http://broadsheet.test")


@asynccontextmanager
async def limited(url: str, *addresses: str, **others: Any) -> AsyncIterator[list[httpx.AsyncClient]]:
    """An application with small buckets, and a client at each address."""
    app = create_app(settings_for(url, AWAY, **{**RATES, **others}))
    async with app.fastapi.router.lifespan_context(app.fastapi):
        yield [client_at(app, address) for address in addresses or ("192.0.2.1",)]


def left(response: httpx.Response) -> int:
    """The points that an answer says are left."""
    found = LIMIT.fullmatch(response.headers["ratelimit"])
    assert found is not None, response.headers["ratelimit"]
    return int(found[1])


@stands_still
async def test_answers_tell_the_policy_and_what_is_left(database_url: str) -> None:
    async with limited(database_url) as [http]:
        response = await post(http, {"query": "{ tags(first: 9) { nodes { name } } }"})
        assert response.headers["ratelimit-policy"] == '"cost";q=100;w=100'
        assert 0 < left(response) < 99
        assert "retry-after" not in response.headers


@stands_still
@pytest.mark.parametrize("media", [JSON, RESPONSE])
async def test_who_asks_for_too_much_waits_and_nothing_runs(database_url: str, media: str) -> None:
    mutation = 'mutation { createTag(input: {name: "%s"}) { tag { name } } }'
    async with limited(database_url, rate_burst=40, max_cost=40) as [http]:
        editor = await person(database_url, "ada", "ADMIN")
        answers = [
            await post(http, {"query": mutation % f"tag {number}"}, accept=media, **editor.headers)
            for number in range(60)
        ]
    done = [one for one in answers if one.status_code == 200]
    refused = [one for one in answers if one.status_code == 429]
    assert done
    assert refused
    assert len(done) + len(refused) == 60
    async with connected(database_url) as connection:
        assert await connection.fetchval("SELECT count(*) FROM tags") == len(done)
    for one in refused:
        assert media_type(one) == media
        error = the_error(one)
        assert (error["extensions"]["code"], error["extensions"]["limit"]) == ("RATE_LIMITED", 40)
        assert "data" not in one.json()
        assert int(one.headers["retry-after"]) >= 1
        assert left(one) < 40
        assert one.headers["ratelimit-policy"] == '"cost";q=40;w=40'


async def spend(http: httpx.AsyncClient, **headers: str) -> None:
    """Ask until there is nothing left."""
    for _ in range(300):
        if (await post(http, {"query": "{ tags(first: 9) { nodes { name } } }"}, **headers)).status_code == 429:
            break
    for _ in range(300):
        if (await post(http, {"query": QUERY}, **headers)).status_code == 429:
            return
    raise AssertionError("there was always something left")


@stands_still
async def test_an_account_and_the_address_that_it_comes_from_are_apart(database_url: str) -> None:
    one, other = await person(database_url, "ada"), await person(database_url, "bob")
    async with limited(database_url, "192.0.2.1", "192.0.2.2") as [here, there]:
        await spend(here)
        assert (await post(here, {"query": QUERY}, **one.headers)).status_code == 200
        assert (await post(there, {"query": QUERY})).status_code == 200
        await spend(there, **one.headers)
        assert (await post(here, {"query": QUERY}, **one.headers)).status_code == 429
        assert (await post(here, {"query": QUERY}, **other.headers)).status_code == 200


@stands_still
@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1:2:3", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
async def test_an_address_is_counted_as_the_one_who_has_it(
    database_url: str, first: str, second: str, same: bool
) -> None:
    async with limited(database_url, first, second) as [one, other]:
        await spend(one)
        assert ((await post(other, {"query": QUERY})).status_code == 429) == same


@stands_still
async def test_the_bucket_can_be_asked_for_and_says_what_the_headers_say(database_url: str) -> None:
    reader = await person(database_url, "ada")
    query = "{ rateLimit { limit remaining resetAt } tags { totalCount } }"
    async with limited(database_url) as [http]:
        for headers, limit in (({}, 100), (reader.headers, 200)):
            for _ in range(3):
                response = await post(http, {"query": query, "extensions": {"explain": True}}, **headers)
                bucket, told = response.json()["data"]["rateLimit"], response.json()["extensions"]["cost"]
                assert bucket["limit"] == told["limit"] == limit
                assert told["remaining"] == left(response)
                assert bucket["remaining"] == left(response)
                assert bucket["resetAt"] > "20"


@stands_still
async def test_what_each_request_costs_is_what_is_taken(database_url: str) -> None:
    body = {"query": "{ tags(first: 9) { nodes { name } } }", "extensions": {"explain": True}}
    async with limited(database_url) as [http]:
        response = await post(http, body)
        assert left(response) == 100 - response.json()["extensions"]["cost"]["requested"]


async def test_a_client_in_development_learns_cost_and_statements_when_it_asks(database_url: str) -> None:
    query = "{ tags(first: 2) { nodes { name } } }"
    for settings, explains in (
        ({}, True),
        ({"explain": False}, False),
        ({"environment": "production"}, False),
        ({"environment": "production", "explain": True}, True),
    ):
        async with limited(database_url, **settings) as [http]:
            asked = await post(http, {"query": query, "extensions": {"explain": True}})
            assert ("extensions" in asked.json()) == explains
            if explains:
                assert asked.json()["extensions"]["sql"] == {"statements": 1}
                assert asked.json()["extensions"]["cost"]["requested"] > 1
            for extensions in (None, {}, {"explain": 1}, {"explain": "true"}, {"explain": False}):
                unasked = await post(http, {"query": query, "extensions": extensions})
                assert "extensions" not in unasked.json()


@stands_still
async def test_invalid_documents_cost_a_point_each(database_url: str) -> None:
    async with limited(database_url) as [http]:
        assert left(await post(http, {"query": "{ nothing }"})) == 99
        assert left(await post(http, {"query": "{"})) == 98
        for _ in range(98):
            assert "RATE_LIMITED" not in (await post(http, {"query": "{ nothing }"})).text
        last = await post(http, {"query": "{ nothing }"})
        assert last.status_code == 429
        assert code_of(last) == "RATE_LIMITED"


async def test_processes_share_the_buckets(database_url: str, empty_redis_url: str) -> None:
    one, other = (create_app(settings_for(database_url, empty_redis_url, **RATES)) for _ in range(2))
    body = {"query": "{ tags(first: 40) { nodes { name } } }"}
    async with one.fastapi.router.lifespan_context(one.fastapi), other.fastapi.router.lifespan_context(other.fastapi):
        here, there = client_at(one, "192.0.2.1"), client_at(other, "192.0.2.1")
        assert left(await post(here, body)) < 70
        await one.fastapi.state.broadsheet.services.rates.limiter.settle()
        await post(there, {"query": QUERY})
        await other.fastapi.state.broadsheet.services.rates.limiter.settle()
        assert left(await post(there, {"query": QUERY})) < 95


async def test_health_is_never_limited(database_url: str) -> None:
    async with limited(database_url) as [http]:
        await spend(http)
        assert (await http.get("/livez")).status_code == 200
        assert (await http.get("/readyz")).status_code == 200


async def test_a_trusted_document_is_never_dearer_than_a_full_bucket(database_url: str, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_bytes(
        orjson.dumps({"dear": "{ tags(first: 100) { nodes { name posts(first: 9) { totalCount } } } }"})
    )
    async with limited(database_url, trusted_documents=manifest) as [http]:
        response = await http.post(PATH, json={"documentId": "dear"})
        assert response.status_code == 200
        assert response.json() == {"data": {"tags": {"nodes": []}}}
