"""Apollo's automatic persisted queries."""

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from cache.persisted_queries import TEXTS, USED, PersistedQueries
from core.settings import Settings
from tests.fixtures.api import Api, serving
from tests.fixtures.servers import settings_for
from tests.wire.asking import JSON, PATH, RESPONSE, code_of, media_type, post, the_error

QUERY = "query Q($yes: Boolean = true) { __typename @include(if: $yes) }"
ANSWER = {"data": {"__typename": "Query"}}


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def by_hash(text: str, **others: Any) -> dict[str, Any]:
    """The parameters that ask for a text by its hash alone."""
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}}, **others}


async def get(http: httpx.AsyncClient, body: dict[str, Any]) -> httpx.Response:
    """The same by GET."""
    params = {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
    return await http.get(PATH, params=params)


SENDERS = pytest.mark.parametrize("send", [post, get], ids=["by POST", "by GET"])


@pytest.fixture
async def settings(database_url: str, empty_redis_url: str) -> Settings:
    return settings_for(database_url, empty_redis_url, redis_timeout=10)


@pytest.fixture
async def http(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(settings) as api:
        yield api.http


@SENDERS
async def test_a_hash_that_nobody_registered_is_not_found(http: httpx.AsyncClient, send: Any) -> None:
    response = await send(http, by_hash(QUERY))
    assert media_type(response) == JSON
    assert the_error(response)["message"] == "PersistedQueryNotFound"
    assert code_of(response) == "PERSISTED_QUERY_NOT_FOUND"
    assert "data" not in response.json()


async def test_what_is_not_found_has_the_status_of_its_media_type(http: httpx.AsyncClient) -> None:
    assert (await post(http, by_hash(QUERY), accept=JSON)).status_code == 200
    assert (await post(http, by_hash(QUERY), accept=RESPONSE)).status_code == 400


@SENDERS
async def test_a_query_is_registered_once_and_then_asked_for_by_its_hash(http: httpx.AsyncClient, send: Any) -> None:
    assert (await send(http, by_hash(QUERY, query=QUERY))).json() == ANSWER
    for again in (post, get):
        assert (await again(http, by_hash(QUERY))).json() == ANSWER
        assert (await again(http, by_hash(QUERY, variables={"yes": False}))).json() == {"data": {}}
        assert (await again(http, by_hash(QUERY, operationName="Q"))).json() == ANSWER


async def test_a_hash_may_be_written_in_capitals(http: httpx.AsyncClient) -> None:
    await post(http, by_hash(QUERY, query=QUERY))
    persisted = {"version": 1, "sha256Hash": digest(QUERY).upper()}
    assert (await post(http, {"extensions": {"persistedQuery": persisted}})).json() == ANSWER


async def test_a_second_application_knows_what_was_registered_at_the_first(
    http: httpx.AsyncClient, settings: Settings
) -> None:
    await post(http, by_hash(QUERY, query=QUERY))
    async with serving(settings) as other:
        assert (await post(other.http, by_hash(QUERY))).json() == ANSWER


async def test_a_query_without_a_hash_registers_nothing(http: httpx.AsyncClient, redis: Redis) -> None:
    await post(http, {"query": QUERY})
    assert await redis.keys("*persisted*") == []
    assert code_of(await post(http, by_hash(QUERY))) == "PERSISTED_QUERY_NOT_FOUND"


WRONG = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest("another")}}, "query": QUERY}


@SENDERS
async def test_a_hash_of_another_text_is_refused_and_nothing_is_stored(
    http: httpx.AsyncClient, redis: Redis, send: Any
) -> None:
    response = await send(http, WRONG)
    assert code_of(response) == "BAD_REQUEST"
    assert "data" not in response.json()
    assert await redis.keys("*persisted*") == []
    assert code_of(await post(http, by_hash("another"))) == "PERSISTED_QUERY_NOT_FOUND"
    assert code_of(await post(http, by_hash(QUERY))) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize("media", [JSON, RESPONSE])
async def test_a_hash_of_another_text_is_a_bad_request(http: httpx.AsyncClient, media: str) -> None:
    assert (await post(http, WRONG, accept=media)).status_code == 400


NO_HASHES: list[object] = [
    1,
    "x",
    [],
    True,
    {},
    {"version": 1},
    {"version": 2, "sha256Hash": digest(QUERY)},
    {"version": "1", "sha256Hash": digest(QUERY)},
    {"version": 1, "sha256Hash": ""},
    {"version": 1, "sha256Hash": 1},
    {"version": 1, "sha256Hash": None},
    {"version": 1, "sha256Hash": "a" * 10_000},
]


async def test_what_is_no_hash_of_this_protocol_is_refused(http: httpx.AsyncClient) -> None:
    for persisted in NO_HASHES:
        response = await post(http, {"query": QUERY, "extensions": {"persistedQuery": persisted}})
        assert response.status_code == 400, persisted
        assert code_of(response) == "BAD_REQUEST"


@pytest.mark.parametrize("text", ["{", "{ nothing }", "", "{ __typename }" + " " * 40_000])
async def test_invalid_documents_are_not_stored(settings: Settings, redis: Redis, text: str) -> None:
    async with serving(settings.model_copy(update={"max_document": 32_000})) as api:
        for _ in range(2):
            found = code_of(await post(api.http, by_hash(text, query=text)))
            assert found in ("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "QUERY_TOO_LARGE")
        assert await redis.keys("*persisted*") == []
        assert code_of(await post(api.http, by_hash(text))) == "PERSISTED_QUERY_NOT_FOUND"


async def test_what_somebody_else_put_into_redis_is_not_run_under_another_hash(
    http: httpx.AsyncClient, redis: Redis
) -> None:
    await PersistedQueries(redis, 10).put(digest(QUERY), "{ rateLimit { limit } }")
    assert code_of(await post(http, by_hash(QUERY))) == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_registered_mutation_does_not_go_by_get(http: httpx.AsyncClient) -> None:
    mutation = 'mutation { createTag(input: {name: "Written"}) { tag { name } } }'
    await post(http, by_hash(mutation, query=mutation))
    response = await get(http, by_hash(mutation))
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


@SENDERS
async def test_where_they_are_switched_off_clients_are_told(settings: Settings, send: Any) -> None:
    async with serving(settings.model_copy(update={"persisted_queries": False})) as api:
        for body in (by_hash(QUERY), by_hash(QUERY, query=QUERY)):
            response = await send(api.http, body)
            assert code_of(response) == "PERSISTED_QUERY_NOT_SUPPORTED"
            assert the_error(response)["message"] == "PersistedQueryNotSupported"
        assert (await send(api.http, {"query": QUERY})).json() == ANSWER


async def test_redis_keeps_so_many_and_forgets_what_was_longest_unused(settings: Settings, redis: Redis) -> None:
    few = settings.model_copy(update={"persisted_queries_kept": 3})
    texts = [f"{{ a{number}: __typename }}" for number in range(5)]

    async def registered(text: str) -> bool:
        async with serving(few) as fresh:
            return "data" in (await post(fresh.http, by_hash(text))).json()

    async with serving(few) as api:
        for text in texts[:3]:
            await post(api.http, by_hash(text, query=text))
        assert await registered(texts[0])  # so it was used last
        for text in texts[3:]:
            await post(api.http, by_hash(text, query=text))
    assert await redis.hlen(TEXTS) == 3
    assert await redis.zcard(USED) == 3
    assert [await registered(text) for text in texts] == [True, False, False, True, True]


async def test_the_store_is_given_up_when_nobody_uses_it(http: httpx.AsyncClient, redis: Redis) -> None:
    await post(http, by_hash(QUERY, query=QUERY))
    for key in (TEXTS, USED):
        assert 0 < await redis.ttl(key) <= 30 * 86_400


async def test_without_redis_nothing_is_found_and_texts_are_run(database_url: str) -> None:
    async with serving(settings_for(database_url, "redis://127.0.0.1:1/0")) as api:
        assert code_of(await post(api.http, by_hash(QUERY))) == "PERSISTED_QUERY_NOT_FOUND"
        assert (await post(api.http, by_hash(QUERY, query=QUERY))).json() == ANSWER
        assert (await post(api.http, {"query": QUERY})).json() == ANSWER


async def test_a_process_that_lost_redis_still_knows_what_it_ran(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: Any) -> None:
        return None

    await post(api.http, by_hash(QUERY, query=QUERY))
    monkeypatch.setattr(PersistedQueries, "get", nothing)
    assert (await post(api.http, by_hash(QUERY))).json() == ANSWER
