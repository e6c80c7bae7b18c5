"""Whatever is asked, the service answers what a naive reader of plain lists answers, in the same order of keys."""

import json
from collections.abc import AsyncIterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql.relay.ids import encode_id
from tests.fixtures.servers import NewDatabase
from tests.model.conditions import filtered
from tests.model.examples import examples
from tests.model.lists import POST_KEYS, page, post_order
from tests.model.make import PLAIN_WORDS, made
from tests.model.queries import post_fragments, queries
from tests.model.read import committed_schema
from tests.model.served import Served, served

SEEDS = range(12)
SCHEMA = committed_schema()


@pytest.fixture(scope="module")
async def blogs(new_database: NewDatabase, redis_url: str) -> AsyncIterator[list[Served]]:
    named = [(f"the blog of seed {seed}", made(seed)) for seed in SEEDS]
    async with served(named, SCHEMA, new_database, redis_url) as services:
        yield services


@examples(600)
@given(data=st.data())
async def test_any_query_is_answered_as_by_the_model(data: st.DataObject, blogs: list[Served]) -> None:
    blog = data.draw(st.sampled_from(data.draw(st.sampled_from(blogs)).readers))
    query = data.draw(queries(SCHEMA, blog.pool))
    answer = await blog.api.post(query.text, **query.variables)
    assert "errors" not in answer, answer["errors"]
    expected = blog.reader.data(query.text, query.variables)
    assert json.dumps(answer["data"], indent=1) == json.dumps(expected, indent=1)


@examples(60)
@given(data=st.data())
async def test_a_search_for_a_word_finds_the_posts_that_hold_it(data: st.DataObject, blogs: list[Served]) -> None:
    blog = data.draw(st.sampled_from(data.draw(st.sampled_from(blogs)).readers))
    word = data.draw(st.sampled_from(PLAIN_WORDS))
    where = data.draw(st.none() | st.just({"titleContains": "a"}) | st.just({"status": ["DRAFT"]}))
    declared, wanted = data.draw(post_fragments(SCHEMA, blog.pool))
    found = await blog.api.data(
        f"query Search{declared.replace('(', '($where: PostFilter, ') or '($where: PostFilter)'} {{"
        f'search(query: "{word}", first: 100, where: $where) {{ totalCount nodes {{ key: id ...Wanted }} }} }}'
        f" {wanted.text}",
        where=where,
        **wanted.variables,
    )
    lists = blog.reader.lists
    posts = [post for post in filtered(lists, lists.published, where) if post.status == "PUBLISHED"]
    fits = [p for p in posts if word in f"{p.title} {p.summary or ''} {p.body_text}".lower().split()]
    by_slug = f"query Model{declared} {{ post(by: {{slug: SLUG}}) {{ key: id ...Wanted }} }} {wanted.text}"
    texts = [by_slug.replace("SLUG", json.dumps(post.slug), 1) for post in fits]
    expected = [blog.reader.data(text, wanted.variables)["post"] for text in texts]
    assert found["search"]["totalCount"] == len(fits)
    assert sorted(map(json.dumps, found["search"]["nodes"])) == sorted(map(json.dumps, expected))


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_a_search_comes_best_first_and_its_pages_make_up_the_whole(blogs: list[Served], size: int) -> None:
    page = """query ($size: Int!, $after: String) { search(query: "kiwi or lemon", first: $size, after: $after) {
        edges { score cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } totalCount } }"""
    for blog in blogs:
        whole = (await blog.api.data(page, size=100))["search"]["edges"]
        scores = [edge["score"] for edge in whole]
        assert scores == sorted(scores, reverse=True)
        walked, after = list[object](), None
        while len(walked) < len(whole):
            found = (await blog.api.data(page, size=size, after=after))["search"]
            walked += found["edges"]
            assert found["totalCount"] == len(whole)
            assert found["pageInfo"]["hasPreviousPage"] == (after is not None)
            assert found["pageInfo"]["hasNextPage"] == (len(walked) < len(whole))
            after = found["pageInfo"]["endCursor"]
        assert walked == whole


@pytest.mark.parametrize("forward", [True, False])
async def test_every_list_of_posts_is_walked_whole_in_each_order(blogs: list[Served], forward: bool) -> None:
    size, cursor, far = ("first", "after", "hasNextPage") if forward else ("last", "before", "hasPreviousPage")
    query = f"""query ($cursor: String, $order: PostOrder, $where: PostFilter) {{
        posts({size}: 2, {cursor}: $cursor, orderBy: $order, where: $where) {{
            nodes {{ id }} pageInfo {{ {far} startCursor endCursor }} }} }}"""
    for blog in blogs:
        posts = list(blog.reader.lists.posts.values())
        for name, direction in product(POST_KEYS, ("ASC", "DESC")):
            order = post_order(name, descending=direction == "DESC")
            wheres = (None, {"tagsAny": blog.pool.tag_slugs}, {"author": blog.pool.authors[0]})
            for where in wheres:
                walked = list[str]()
                after, more = None, True
                while more:
                    variables = {"cursor": after, "order": {"field": name, "direction": direction}, "where": where}
                    found = (await blog.api.data(query, **variables))["posts"]
                    ids = [node["id"] for node in found["nodes"]]
                    walked = [*walked, *ids] if forward else [*ids, *walked]
                    more = found["pageInfo"][far]
                    after = found["pageInfo"]["endCursor" if forward else "startCursor"]
                expected = page(filtered(blog.reader.lists, posts, where), order, {"first": 100}).nodes
                assert walked == [encode_id("Post", post.id) for post in expected]
