"""What a query was said to cost at most, beside the objects that its answer really holds."""

from typing import Any

import pytest

from db.seed.load import seed_database
from db.seed.plan import SeedPlan
from gql.limits.cost import CostModel
from tests.fixtures.api import Api
from tests.limits.inlined import SCHEMA, only, preparer

QUERIES: list[tuple[str, dict[str, Any]]] = [
    ("{ posts { nodes { id author { id } } pageInfo { hasNextPage } } }", {}),
    ("query($n: Int) { posts(first: $n) { edges { cursor node { id } } nodes { id } } }", {"n": 37}),
    (
        "query($n: Int = 2) { tags { nodes { posts(first: $n) { nodes { comments { nodes { id } } } } } } }",
        {},
    ),
    ("query($n: Int = 2) { tags(first: 9) { nodes { posts(last: $n) { nodes { id } } } } }", {"n": 5}),
    (
        "{ users { nodes { id posts(first: 3) { ...p } } } } fragment p on PostConnection { nodes { related { id } } }",
        {},
    ),
    ("{ posts(last: 4) { nodes { comments(first: 9) { edges { node { author { id } } } } } } }", {}),
    ("query($b: Boolean!) { posts { nodes { id } } a: posts @skip(if: $b) { nodes { id } } }", {"b": True}),
    ('{ search(query: "the", first: 30) { edges { node { id } highlights { html } } } }', {}),
]


def objects(value: object) -> int:
    if isinstance(value, dict):
        return 1 + sum(objects(one) for one in value.values())
    return sum(objects(one) for one in value) if isinstance(value, list) else 0


@pytest.fixture
async def blog(database_url: str, api: Api) -> Api:
    await seed_database(database_url, SeedPlan(posts=60, comments=400, least_words=15, most_words=40))
    return api


async def test_no_answer_holds_more_objects_than_its_query_costs(blog: Api) -> None:
    seen = 0
    for text, variables in QUERIES:
        document = preparer(only(errors=10)).prepare(text)
        cost = CostModel(SCHEMA).cost(document, document.operation(None), variables)
        # The whole answer is an object that nobody pays for.
        found = objects(await blog.data(text, **variables)) - 1
        assert found <= cost, text
        seen += found
    assert seen > 300


async def test_nor_where_the_page_size_has_a_point(blog: Api) -> None:
    text = "query($n: Int) { posts(first: $n) { nodes { id } } }"
    document = preparer().prepare(text)
    cost = CostModel(SCHEMA).cost(document, document.operation(None), {"n": 60.0})
    assert objects(await blog.data(text, n=60.0)) - 1 <= cost
