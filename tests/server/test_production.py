"""Outside development strangers are told less."""

from collections.abc import AsyncIterator

import pytest

from core.settings import Settings
from tests.fixtures.api import Api, serving
from tests.fixtures.servers import settings_for

MISTAKES = (
    "{ pst { id } }",
    "{ posts { nodes { titel } } }",
    "{ posts(frist: 1) { totalCount } }",
    "{ posts(orderBy: {field: TITEL, direction: ASC}) { totalCount } }",
    "{ posts(where: {statuss: [DRAFT]}) { totalCount } }",
    "query ($v: PostFliter) { posts(where: $v) { totalCount } }",
    "{ ... on Pots { id } }",
    "mutation { publishPots(input: {id: 1}) { post { id } } }",
)


@pytest.fixture
def production(settings: Settings, database_url: str, redis_url: str) -> Settings:
    del settings
    return settings_for(database_url, redis_url, environment="production", introspection=False)


@pytest.fixture
async def strangers(production: Settings) -> AsyncIterator[Api]:
    async with serving(production) as api:
        yield api


@pytest.mark.parametrize("query", MISTAKES)
async def test_no_error_suggests_a_name(query: str, strangers: Api, api: Api) -> None:
    [error] = (await strangers.post(query))["errors"]
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert "Did you mean" not in error["message"]
    [error] = (await api.post(query))["errors"]
    assert "Did you mean" in error["message"], "in development it helps"


async def test_no_variable_s_error_suggests_a_name(strangers: Api) -> None:
    query = "query ($where: PostFilter, $order: PostOrder) { posts(where: $where, orderBy: $order) { totalCount } }"
    variables = {"where": {"statuss": ["DRAFT"]}, "order": {"field": "TITEL", "direction": "ASC"}}
    answer = await strangers.post(query, **variables)
    assert len(answer["errors"]) == 2
    assert "Did you mean" not in str(answer)


@pytest.mark.parametrize("query", ["{ __schema { types { name } } }", '{ __type(name: "Post") { name } }'])
async def test_the_schema_can_be_kept_from_strangers(query: str, strangers: Api, api: Api) -> None:
    answer = await strangers.post(query)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}
    assert "data" not in answer
    assert (await strangers.data("{ __typename }")) == {"__typename": "Query"}
    assert await api.data(query)


async def test_nobody_is_told_what_a_query_costs(strangers: Api) -> None:
    body = {"query": "{ __typename }", "extensions": {"explain": True}}
    response = await strangers.http.post("/graphql", json=body)
    assert response.json() == {"data": {"__typename": "Query"}}
