"""The number of statements depends on the query, never on the rows."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from tests.fixtures.api import Statements
from tests.fixtures.servers import NewDatabase
from tests.model.examples import examples
from tests.model.make import made
from tests.model.queries import Query, queries
from tests.model.read import committed_schema
from tests.model.relations import relation_fields
from tests.model.served import Served, served, warm
from tests.model.shaped import plain_pool, shaped

SCHEMA = committed_schema()
MANY = 100


@pytest.fixture
async def one_and_many(
    statements: Statements, new_database: NewDatabase, redis_url: str
) -> AsyncIterator[tuple[Served, Served]]:
    del statements  # it must be listening before the first connection
    named = [("one of everything", shaped(1)), (f"{MANY} of everything", shaped(MANY))]
    async with served(named, SCHEMA, new_database, redis_url) as (one, many):
        await warm(one.api)
        await warm(many.api)
        yield one, many


@pytest.fixture
async def blogs(statements: Statements, new_database: NewDatabase, redis_url: str) -> AsyncIterator[list[Served]]:
    del statements
    named = [(f"the blog of seed {seed}", made(seed)) for seed in range(8)]
    async with served(named, SCHEMA, new_database, redis_url) as services:
        for service in services:
            await warm(service.api)
        yield services


async def _statements(blog: Served, query: Query, statements: Statements) -> list[str]:
    with statements.counted() as sent:
        answer = await blog.api.post(query.text, **query.variables)
        await asyncio.sleep(0)  # the driver logs at the next turn of the loop
    assert "errors" not in answer, answer["errors"]
    return sent


@examples(150)
@given(query=queries(SCHEMA, plain_pool()), reader=st.integers(0, 2))
async def test_a_hundred_parents_cost_as_many_statements_as_one(
    query: Query, reader: int, one_and_many: tuple[Served, Served], statements: Statements
) -> None:
    one, many = (blog.readers[reader] for blog in one_and_many)
    for_one = await _statements(one, query, statements)
    for_many = await _statements(many, query, statements)
    # Where two selections share a loader, one may find that the other has read its rows already, or is just about to:
    # the same statement then leaves once or twice, as the answers happen to come. Any other leaves exactly as often.
    # An author reads what is his alone in one blog of a hundred: the rest of a list may have nothing to go on with.
    assert set(for_many) <= set(for_one)
    if one.me is None or one.me.role == "EDITOR":
        assert set(for_many) == set(for_one)
    # Who asks is looked up once.
    most = relation_fields(SCHEMA, query.text, query.variables) + (one.me is not None)
    assert len(for_one) <= most
    assert len(for_many) <= most


@examples(150)
@given(data=st.data())
async def test_no_query_costs_more_statements_than_it_has_relation_fields(
    data: st.DataObject, blogs: list[Served], statements: Statements
) -> None:
    blog = data.draw(st.sampled_from(data.draw(st.sampled_from(blogs)).readers))
    query = data.draw(queries(SCHEMA, blog.pool))
    sent = await _statements(blog, query, statements)
    target(len(sent))
    assert len(sent) <= relation_fields(SCHEMA, query.text, query.variables) + (blog.me is not None)
    assert all(statement.lstrip().startswith("SELECT") for statement in sent), sent
