import json

import httpx
import pytest

from tests.fixtures.accounts import person
from tests.fixtures.api import serving
from tests.fixtures.servers import connected, settings_for
from tests.wire.asking import JSON, PATH, RESPONSE, code_of, media_type, post, the_error

QUERY = "{ __typename }"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("APPLICATION/JSON; charset=UTF-8", JSON),
        ("application/graphql-response+json", RESPONSE),
        ("application/graphql-response+json; charset=utf-8", RESPONSE),
        ("application/graphql-response+json, application/json;q=0.9", RESPONSE),
        ("application/json;q=0.9, application/graphql-response+json;q=0.8", JSON),
        ("application/json;q=0.8, application/graphql-response+json;q=0.9", RESPONSE),
        ("application/json;q=0, */*", RESPONSE),
        ("application/graphql-response+json;q=0, application/*", JSON),
        ("application/graphql-response+json, */*", RESPONSE),
        ("text/html, */*;q=0.1", JSON),
        ("application/json;charset=latin-1, application/graphql-response+json;q=0.1", RESPONSE),
    ],
)
async def test_the_answer_has_the_media_type_that_the_client_likes_best(
    http: httpx.AsyncClient, accept: str, expected: str
) -> None:
    response = await post(http, {"query": QUERY}, accept=accept)
    assert response.status_code == 200
    assert media_type(response) == expected
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_without_an_accept_header_the_answer_is_plain_json(http: httpx.AsyncClient) -> None:
    request = http.build_request("POST", PATH, json={"query": QUERY})
    del request.headers["accept"]
    assert media_type(await http.send(request)) == JSON


async def test_accept_headers_of_one_request_are_one_list(http: httpx.AsyncClient) -> None:
    several = [("Accept", "application/json"), ("Accept", "text/plain"), ("Content-Type", JSON)]
    response = await http.post(PATH, content=json.dumps({"query": QUERY}), headers=several)
    assert response.status_code == 200


@pytest.mark.parametrize(
    "accept",
    [
        "application/json, application/json;charset=latin1",
        "application/json;q=nan, application/graphql-response+json",
        "application/json;q=x, application/graphql-response+json",
        'application/json;profile="a,b"',
        ", application/json,,",
        "application/json ; q=1.000",
    ],
)
async def test_a_strange_accept_header_that_names_what_is_served_is_served(
    http: httpx.AsyncClient, accept: str
) -> None:
    assert (await post(http, {"query": QUERY}, accept=accept)).status_code == 200


@pytest.mark.parametrize(
    "accept",
    ["text/plain", "application/json;q=0", "*/*;q=0", "application/xml, text/*", "application/json;charset=utf-16"],
)
async def test_a_client_that_takes_neither_media_type_is_told_so_in_json(http: httpx.AsyncClient, accept: str) -> None:
    response = await post(http, {"query": QUERY}, accept=accept)
    assert response.status_code == 406
    assert media_type(response) == JSON
    assert code_of(response) == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": ""}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "fragment F on Query { __typename }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query ($n: Int) { posts(first: $n) { totalCount } }", "variables": {"n": "x"}}, None),
        ({"query": "query ($n: Int!) { posts(first: $n) { totalCount } }"}, None),
        ({"query": "query A { __typename }", "operationName": "B"}, "OPERATION_RESOLUTION_FAILURE"),
        ({"query": "query A { __typename } query B { __typename }"}, "OPERATION_RESOLUTION_FAILURE"),
    ],
)
async def test_what_cannot_be_run_has_its_status_by_the_media_type(
    http: httpx.AsyncClient, body: dict[str, object], code: str | None
) -> None:
    for media, status in ((JSON, 200), (RESPONSE, 400)):
        response = await post(http, body, accept=media)
        assert (response.status_code, media_type(response)) == (status, media)
        assert "errors" in response.json()
        assert "data" not in response.json()
        found = response.json()["errors"][0]["extensions"]["code"]
        assert found == code or (code is None and found in ("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"))


@pytest.mark.parametrize("media", [JSON, RESPONSE])
async def test_partial_data_is_a_success(http: httpx.AsyncClient, media: str) -> None:
    response = await post(http, {"query": '{ __typename node(id: "nothing") { id } }'}, accept=media)
    assert response.status_code == 200
    assert response.json()["data"] == {"__typename": "Query", "node": None}
    assert the_error(response)["path"] == ["node"]


async def test_the_named_one_of_several_operations_runs(http: httpx.AsyncClient) -> None:
    query = "query A { a: __typename } query B { b: __typename }"
    response = await post(http, {"query": query, "operationName": "B"})
    assert response.json() == {"data": {"b": "Query"}}


async def test_null_parameters_are_absent_ones(http: httpx.AsyncClient) -> None:
    response = await post(http, {"query": QUERY, "variables": None, "operationName": None, "extensions": None})
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_unknown_parameters_are_passed_over(http: httpx.AsyncClient) -> None:
    response = await post(http, {"query": QUERY, "something": ["else"]})
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_a_query_goes_by_get_with_all_of_its_parameters(http: httpx.AsyncClient) -> None:
    params = {
        "query": "query A($yes: Boolean!) { a: __typename @include(if: $yes) } query B { b: __typename }",
        "variables": '{"yes": true}',
        "operationName": "A",
        "extensions": '{"explain": true}',
    }
    response = await http.get(PATH, params=params)
    assert response.status_code == 200
    assert response.json()["data"] == {"a": "Query"}
    assert response.json()["extensions"]["sql"] == {"statements": 0}


async def test_empty_parameters_of_a_get_are_absent_ones(http: httpx.AsyncClient) -> None:
    params = {"query": QUERY, "variables": "", "operationName": "", "extensions": ""}
    assert (await http.get(PATH, params=params)).json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "search",
    [
        "",
        "variables={}",
        "query={__typename}&query={__typename}",
        "query=%FF",
        "query={__typename}&variables={",
        "query={__typename}&variables=[]",
        "query={__typename}&variables=1",
        "query={__typename}&variables=NaN",
        "query={__typename}&extensions=%22x%22",
        "query={__typename}&" + "&".join(f"p{n}=1" for n in range(60)),
    ],
)
async def test_a_get_that_asks_for_nothing_clear_is_refused(http: httpx.AsyncClient, search: str) -> None:
    response = await http.get(f"{PATH}?{search}")
    assert response.status_code == 400
    assert code_of(response) == "BAD_REQUEST"


async def test_a_mutation_by_get_is_refused_and_writes_nothing(database_url: str, redis_url: str) -> None:
    editor = await person(database_url, "ada", "ADMIN")
    mutation = 'mutation { createTag(input: {name: "Written"}) { tag { name } } }'
    async with serving(settings_for(database_url, redis_url)) as api:
        response = await api.http.get(PATH, params={"query": mutation}, headers=editor.headers)
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert code_of(response) == "BAD_REQUEST"
        async with connected(database_url) as connection:
            assert await connection.fetchval("SELECT count(*) FROM tags") == 0
        posted = await api.http.post(PATH, json={"query": mutation}, headers=editor.headers)
        assert posted.json() == {"data": {"createTag": {"tag": {"name": "Written"}}}}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_other_methods_are_told_which_ones_are_served(http: httpx.AsyncClient, method: str) -> None:
    response = await http.request(method, PATH, json={"query": QUERY})
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")
    assert code_of(response) == "BAD_REQUEST"
