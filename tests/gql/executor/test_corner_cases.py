"""Over a schema of corner cases, random operations come out alike: what resolvers do there is made of chance, too."""

import pytest
from graphql import GraphQLObjectType, GraphQLSchema

from tests.fixtures.budget import seeds
from tests.gql.executor.core_adapter import compiled
from tests.gql.executor.corner import compared
from tests.gql.executor.faults import what_core_leaves
from tests.gql.executor.odd import odd_schema

__all__ = ["what_core_leaves"]


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return odd_schema()


@pytest.mark.parametrize("kind", ["query", "mutation"])
async def test_any_operation_comes_out_alike_whatever_resolvers_do(kind: str, schema: GraphQLSchema) -> None:
    executor, failed, number = compiled(schema), 0, 0
    for seed in seeds(60, 0.05):
        for text, difference, fails in [one async for one in compared(schema, executor, kind, seed)]:
            assert difference is None, f"{seed}: {text}\n{difference}"
            failed, number = failed + fails, number + 1
    print(f"\n{number:,} operations of corner cases ({kind}), {failed:,} with errors")  # noqa: T201
    # Neither all well nor all broken: both would prove little.
    assert number * 0.1 < failed < number * 0.95


def test_the_schema_has_lists_of_lists_unions_interfaces_and_scalars_that_raise(schema: GraphQLSchema) -> None:
    query = schema.type_map["Query"]
    assert isinstance(query, GraphQLObjectType)
    assert {str(field.type) for field in query.fields.values()} >= {"[[Int!]]!", "[Either!]", "Thing!", "Strange"}
