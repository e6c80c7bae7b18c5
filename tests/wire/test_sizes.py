import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.fixtures.api import serving
from tests.fixtures.servers import settings_for
from tests.wire.asking import JSON, PATH, RESPONSE, code_of, post, post_bytes, the_error

QUERY = "{ __typename }"
BODY = b'{"query": "{ __typename }"}'


async def test_a_body_beyond_the_limit_is_refused_by_its_declared_length_and_by_what_comes(
    http: httpx.AsyncClient,
) -> None:
    body = b'{"query": "{ __typename }", "x": "%s"}' % (b"x" * 1_000_000)

    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 100_000):
            yield body[start : start + 100_000]

    for content in (body, parts()):
        response = await http.post(PATH, content=content, headers={"content-type": JSON})
        assert response.status_code == 413
        extensions = the_error(response)["extensions"]
        assert (extensions["code"], extensions["limit"]) == ("QUERY_TOO_LARGE", 1_000_000)
        assert 1_000_000 < extensions["found"] <= len(body)


async def test_a_body_of_just_the_limit_is_served(http: httpx.AsyncClient) -> None:
    frame = b'{"query": "{ __typename }", "x": ""}'
    body = frame.replace(b'""', b'"%s"' % (b"x" * (1_000_000 - len(frame))))
    assert len(body) == 1_000_000
    assert (await post_bytes(http, body)).json() == {"data": {"__typename": "Query"}}


async def test_variables_beyond_the_limit_are_refused_by_post_and_by_get(http: httpx.AsyncClient) -> None:
    variables = {"s": "x" * 256_000}
    size = len(json.dumps(variables, separators=(",", ":")))
    by_post = await post(http, {"query": QUERY, "variables": variables})
    by_get = await http.get(PATH, params={"query": QUERY, "variables": json.dumps(variables)[:60_000]})
    assert by_post.status_code == 413
    assert the_error(by_post)["extensions"] == {"code": "QUERY_TOO_LARGE", "limit": 256_000, "found": size}
    assert by_get.status_code == 400  # it was cut off: no JSON


async def test_variables_of_a_get_are_measured_too(database_url: str, redis_url: str) -> None:
    async with serving(settings_for(database_url, redis_url, max_variables=1_000)) as api:
        text = json.dumps({"s": "x" * 1_000})
        response = await api.http.get(PATH, params={"query": QUERY, "variables": text})
        assert response.status_code == 413
        expected = {"code": "QUERY_TOO_LARGE", "limit": 1_000, "found": len(text)}
        assert the_error(response)["extensions"] == expected


async def test_a_document_beyond_the_limit_tells_limit_and_figure(http: httpx.AsyncClient) -> None:
    document = QUERY + "é" * 20_000
    response = await post(http, {"query": document})
    expected = {"code": "QUERY_TOO_LARGE", "limit": 32_000, "found": len(document.encode())}
    assert the_error(response)["extensions"] == expected
    assert "data" not in response.json()


@pytest.mark.parametrize("media", [JSON, RESPONSE])
async def test_a_document_beyond_the_limit_is_too_large(http: httpx.AsyncClient, media: str) -> None:
    response = await post(http, {"query": QUERY + " " * 32_000}, accept=media)
    assert response.status_code == 413


async def test_an_answer_beyond_the_limit_becomes_an_error(database_url: str, redis_url: str) -> None:
    aliased = "{ " + " ".join(f"a{n}: __typename" for n in range(200)) + " }"
    async with serving(settings_for(database_url, redis_url, max_answer=1_000)) as api:
        for media, status in ((JSON, 200), (RESPONSE, 400)):
            response = await post(api.http, {"query": aliased}, accept=media)
            assert response.status_code == status
            assert response.json()["data"] is None
            extensions = the_error(response)["extensions"]
            assert (extensions["code"], extensions["limit"]) == ("QUERY_TOO_LARGE", 1_000)
            assert extensions["found"] > 2_000
            assert len(response.content) < 1_000


async def test_a_body_that_does_not_come_is_not_waited_for(database_url: str, redis_url: str) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield BODY[:5]
        await asyncio.sleep(60)
        yield BODY[5:]

    async with serving(settings_for(database_url, redis_url, body_timeout=0.05)) as api:
        response = await api.http.post(PATH, content=slow(), headers={"content-type": JSON})
        assert response.status_code == 408
        assert code_of(response) == "TIMEOUT"


@pytest.mark.parametrize("length", ["1000001", "9" * 100])
async def test_a_length_beyond_the_limit_is_believed(http: httpx.AsyncClient, length: str) -> None:
    response = await http.post(PATH, content=BODY, headers={"content-type": JSON, "content-length": length})
    assert response.status_code == 413
    assert the_error(response)["extensions"] == {"code": "QUERY_TOO_LARGE", "limit": 1_000_000, "found": int(length)}


async def test_a_length_of_thousands_of_digits_is_too_large_as_well(http: httpx.AsyncClient) -> None:
    response = await http.post(PATH, content=BODY, headers={"content-type": JSON, "content-length": "9" * 5_000})
    assert response.status_code in (400, 413)
