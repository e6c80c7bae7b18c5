"""Arguments that cannot be right are refused with a code and a path, and nothing else of the answer is lost."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gql.relay.ids import encode_id
from tests.fixtures.api import Api, serving
from tests.fixtures.servers import NewDatabase, execute, settings_for

POSTS = """
INSERT INTO posts (slug, title, excerpt, body, body_html, body_text, word_count, status, author_id, published_at)
SELECT 'p' || i, 'P' || i, '', '', '', '', 0, 'PUBLISHED', 1 + i % 3, '2026-01-01'::timestamptz + i * interval '1 h'
FROM generate_series(1, 30) i
"""
FILL = (
    "INSERT INTO users (username, name) SELECT 'u' || i, 'U' || i FROM generate_series(1, 3) i",
    "INSERT INTO tags (slug, name) VALUES ('t', 'T')",
    POSTS,
    "INSERT INTO post_tags SELECT id, 1, 0 FROM posts",
)
PAGE = "query ($first: Int, $last: Int, $after: String, $before: String) { posts(first: $first, last: $last, \
after: $after, before: $before) { nodes { slug } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"


@pytest.fixture(scope="module")
async def url(new_database: NewDatabase) -> str:
    url = await new_database()
    await execute(url, *FILL)
    return url


@pytest.fixture(scope="module")
async def api(url: str, redis_url: str) -> AsyncIterator[Api]:
    async with serving(settings_for(url, redis_url)) as api:
        yield api


async def _cursor(api: Api, order: str = "PUBLISHED_AT") -> str:
    found = await api.data(f"{{ posts(first: 3, orderBy: {{field: {order}}}) {{ pageInfo {{ endCursor }} }} }}")
    cursor: str = found["posts"]["pageInfo"]["endCursor"]
    return cursor


@pytest.mark.parametrize(
    ("query", "variables", "path", "argument"),
    [
        ("{ posts(first: -1) { totalCount } }", {}, ["posts"], ["first"]),
        ("{ posts(first: 101) { nodes { id } } }", {}, ["posts"], ["first"]),
        ("{ posts(last: 101) { nodes { id } } }", {}, ["posts"], ["last"]),
        ("{ posts(first: 1, last: 1) { nodes { id } } }", {}, ["posts"], ["last"]),
        ('{ posts(after: "nonsense") { nodes { id } } }', {}, ["posts"], ["after"]),
        ('{ posts(before: "") { nodes { id } } }', {}, ["posts"], ["before"]),
        ('{ posts(where: {author: "x"}) { nodes { id } } }', {}, ["posts"], ["where", "author"]),
        ('{ tag(slug: "t") { posts(first: 500) { nodes { id } } } }', {}, ["tag", "posts"], ["first"]),
        ('{ node(id: "42") { id } }', {}, ["node"], ["id"]),
        ('{ nodes(ids: ["VXNlcjox", "!"]) { id } }', {}, ["nodes"], ["ids", 1]),
        ('{ post(by: {id: "VXNlcjox"}) { id } }', {}, ["post"], ["by", "id"]),
        ("query ($s: String!) { tag(slug: $s) { id } }", {"s": "a\0b"}, ["tag"], ["slug"]),
        ("query ($s: String!) { user(username: $s) { id } }", {"s": "\0"}, ["user"], ["username"]),
        ("query ($s: String!) { search(query: $s) { totalCount } }", {"s": "x" * 1001}, ["search"], ["query"]),
        ("query ($s: String!) { tags(startsWith: $s) { totalCount } }", {"s": "\0"}, ["tags"], ["startsWith"]),
        (
            "query ($t: [String!]) { posts(where: {tagsAny: $t}) { totalCount } }",
            {"t": ["x"] * 251},
            ["posts"],
            ["where", "tagsAny"],
        ),
        (
            "query ($t: [String!]) { posts(where: {tagsAll: $t}) { totalCount } }",
            {"t": ["fine", "\0"]},
            ["posts"],
            ["where", "tagsAll", 1],
        ),
        ("query ($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": ["VXNlcjox"] * 251}, ["nodes"], ["ids"]),
        (
            "{ posts(first: 1) { nodes { related(first: 101) { id } } } }",
            {},
            ["posts", "nodes", 0, "related"],
            ["first"],
        ),
    ],
)
async def test_an_argument_that_cannot_be_is_named(
    api: Api, query: str, variables: dict[str, Any], path: list[str | int], argument: list[str | int]
) -> None:
    error = await api.error(query, **variables)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
    assert error["path"] == path


async def test_lone_surrogates_are_refused_with_their_path(api: Api) -> None:
    body = '{"query": "query ($s: String!) { tag(slug: $s) { id } }", "variables": {"s": "\\ud800"}}'
    response = await api.http.post("/graphql", content=body, headers={"content-type": "application/json"})
    [error] = response.json()["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("BAD_USER_INPUT", ["tag"])


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ posts(first: 99999999999) { totalCount } }", {}),
        ("query ($f: Int) { posts(first: $f) { totalCount } }", {"f": 2**40}),
        ('{ posts(where: {publishedAt: {gte: "yesterday"}}) { totalCount } }', {}),
        ('{ posts(where: {publishedAt: {gte: "2026-01-01T00:00:00"}}) { totalCount } }', {}),
        ('{ posts(where: {publishedAt: {gte: "99999-01-01T00:00:00Z"}}) { totalCount } }', {}),
        ('{ posts(where: {publishedAt: {gte: "0001-01-01T00:00:00+14:00"}}) { totalCount } }', {}),
        ("query ($d: DateTime) { posts(where: {publishedAt: {gte: $d}}) { totalCount } }", {"d": 5}),
        ('{ post(by: {id: "UG9zdDox", slug: "p1"}) { id } }', {}),
        ("{ post(by: {}) { id } }", {}),
        ("{ nonsense }", {}),
        ("{ posts(orderBy: {field: BODY}) { totalCount } }", {}),
    ],
)
async def test_what_the_types_forbid_never_reaches_a_resolver(api: Api, query: str, variables: dict[str, Any]) -> None:
    error = await api.error(query, **variables)
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert "path" not in error or error["path"] is None


async def test_a_query_that_is_none_says_so(api: Api) -> None:
    assert (await api.error("{ posts("))["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"


async def test_the_rest_of_the_answer_is_not_lost(api: Api) -> None:
    answer = await api.post('{ bad: node(id: "!") { id } good: tag(slug: "t") { name } }')
    assert answer["data"] == {"bad": None, "good": {"name": "T"}}
    assert [error["path"] for error in answer["errors"]] == [["bad"]]


async def test_a_cursor_belongs_to_its_order(api: Api) -> None:
    by_title = await _cursor(api, "TITLE")
    error = await api.error(PAGE, after=by_title)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": ["after"]}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_no_forged_id_or_cursor_is_an_internal_error(api: Api, data: st.DataObject) -> None:
    real = data.draw(st.sampled_from([encode_id("Post", 1), await _cursor(api), await _cursor(api, "TITLE")]))
    plain = base64.urlsafe_b64decode(real + "=" * (-len(real) % 4))
    where, new = data.draw(st.integers(0, len(plain) - 1)), data.draw(st.binary(max_size=3))
    forged = base64.urlsafe_b64encode(plain[:where] + new + plain[where + 1 :]).decode().rstrip("=")
    forged = data.draw(st.sampled_from([forged, real[:where], real + "A", real.swapcase(), json.dumps(real)]))
    for query in (
        "query ($x: ID!) { node(id: $x) { id } }",
        "query ($x: String) { posts(after: $x) { nodes { id } pageInfo { hasPreviousPage } } }",
        "query ($x: String) { posts(before: $x, orderBy: {field: TITLE}) { nodes { id } } }",
    ):
        answer = await api.post(query, x=forged)
        codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
        assert codes <= {"BAD_USER_INPUT"}


@pytest.mark.parametrize("forward", [True, False])
async def test_pages_neither_repeat_nor_skip_while_rows_come_and_go(
    new_database: NewDatabase, redis_url: str, forward: bool
) -> None:
    url = await new_database()
    await execute(url, *FILL)
    async with serving(settings_for(url, redis_url)) as api:
        seen, cursor, more, n = list[str](), None, True, 0
        while more:
            variables = {"first": 4, "after": cursor} if forward else {"last": 4, "before": cursor}
            page = (await api.data(PAGE, **variables))["posts"]
            slugs = [node["slug"] for node in page["nodes"]]
            seen += slugs if forward else slugs[::-1]
            more = page["pageInfo"]["hasNextPage" if forward else "hasPreviousPage"]
            cursor = page["pageInfo"]["endCursor" if forward else "startCursor"]
            n += 1
            # A row on either side of the cursor, and the row of the cursor itself goes.
            await execute(
                url,
                "INSERT INTO posts (slug, title, excerpt, body, body_html, body_text, word_count, status, author_id, "
                f"published_at) VALUES ('new-{n}a', 'N', '', '', '', '', 0, 'PUBLISHED', 1, '2030-01-01'), "
                f"('new-{n}b', 'N', '', '', '', '', 0, 'PUBLISHED', 1, '2020-01-01')",
                f"DELETE FROM posts WHERE slug = '{slugs[-1 if forward else 0]}'",
            )
    stayed = [slug for slug in seen if slug.startswith("p")]
    expected = [f"p{i}" for i in range(30, 0, -1)]
    assert stayed == (expected if forward else expected[::-1])
