"""What cannot be an argument is refused with a code, a path and the argument's own path, and nothing else is lost."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gql.relay.ids import encode_id
from tests.fixtures.api import Api
from tests.fixtures.refusals import OTHER, refused
from tests.fixtures.servers import NewDatabase
from tests.model.read import committed_schema
from tests.model.served import Served, served
from tests.model.shaped import shaped

POST = encode_id("Post", 1)
USER = encode_id("User", 1)
LONG = "x" * 1_001
BAD_TEXTS = ("nul\0byte", "half\ud800", "\udfffhalf", LONG)
HUGE = 2**63


@pytest.fixture(scope="module")
async def blog(new_database: NewDatabase, redis_url: str) -> AsyncIterator[Served]:
    async with served([("a small blog", shaped(3))], committed_schema(), new_database, redis_url) as [service]:
        yield service


@pytest.fixture(scope="module")
def api(blog: Served) -> Api:
    return blog.api


async def _post(api: Api, query: str, variables: dict[str, object]) -> dict[str, Any]:
    """Send ASCII, in which half a surrogate pair can be escaped, too."""
    body = json.dumps({"query": query, "variables": variables})
    response = await api.http.post("/graphql", content=body, headers={"content-type": "application/json"})
    answer: dict[str, Any] = response.json()
    return answer


LISTS = {
    "posts": "posts({}) {{ nodes {{ id }} }}",
    "users": "users({}) {{ nodes {{ id }} }}",
    "tags": "tags({}) {{ nodes {{ id }} }}",
    "search": 'search(query: "kiwi", {}) {{ nodes {{ id }} }}',
    "post.comments": 'post(by: {{slug: "post-0001"}}) {{ comments({}) {{ nodes {{ id }} }} }}',
    "post.revisions": 'post(by: {{slug: "post-0001"}}) {{ revisions({}) {{ nodes {{ id }} }} }}',
    "user.posts": 'user(username: "user-0001") {{ posts({}) {{ nodes {{ id }} }} }}',
    "tag.posts": 'tag(slug: "tag-0001") {{ posts({}) {{ nodes {{ id }} }} }}',
}
BAD_PAGES = (
    ("first: -1", "first"),
    ("first: 101", "first"),
    ("first: 2147483647", "first"),
    ('after: ""', "after"),
    ('after: "nonsense"', "after"),
    ('after: "WyJYIiwxLDFd"', "after"),
)
BAD_ENDS = (
    ("last: -1", "last"),
    ("last: 101", "last"),
    ("first: 1, last: 1", "last"),
    ('before: "é"', "before"),
)
BAD_BOTH = [(name, *bad) for name in LISTS for bad in (*BAD_PAGES, *(() if name == "search" else BAD_ENDS))]


@pytest.mark.parametrize(("name", "arguments", "argument"), BAD_BOTH)
async def test_pages_that_cannot_be_are_refused(api: Api, name: str, arguments: str, argument: str) -> None:
    answer = await api.post(f"{{ {LISTS[name].format(arguments)} {OTHER} }}")
    refused(answer, name.split("."), [argument])


@pytest.mark.parametrize("name", LISTS)
async def test_pages_that_cannot_be_are_refused_when_only_the_count_is_asked_for(api: Api, name: str) -> None:
    query = LISTS[name].format("first: 101").replace("nodes { id }", "totalCount")
    refused(await api.post(f"{{ {query} {OTHER} }}"), name.split("."), ["first"])


BAD_VALUES: tuple[tuple[str, str, object, list[str | int]], ...] = (
    ("node(id: $v) { id }", "ID!", "", ["id"]),
    ("node(id: $v) { id }", "ID!", "nonsense", ["id"]),
    ("node(id: $v) { id }", "ID!", "é", ["id"]),
    ("node(id: $v) { id }", "ID!", encode_id("Nothing", 1), ["id"]),
    ("node(id: $v) { id }", "ID!", encode_id("Post", 0), ["id"]),
    ("node(id: $v) { id }", "ID!", encode_id("Post", HUGE), ["id"]),
    ("node(id: $v) { id }", "ID!", POST + "=", ["id"]),
    ("nodes(ids: $v) { id }", "[ID!]!", [POST, "nonsense"], ["ids", 1]),
    ("nodes(ids: $v) { id }", "[ID!]!", [POST] * 251, ["ids"]),
    ("post(by: {id: $v}) { id }", "ID!", USER, ["by", "id"]),
    ("post(by: {id: $v}) { id }", "ID!", "", ["by", "id"]),
    ("post(by: {id: $v}) { id }", "ID!", encode_id("Post", HUGE), ["by", "id"]),
    ("posts(where: {author: $v}) { nodes { id } }", "ID!", POST, ["where", "author"]),
    ("posts(where: {author: $v}) { totalCount }", "ID!", "", ["where", "author"]),
    ("posts(where: {tagsAny: $v}) { nodes { id } }", "[String!]!", ["x"] * 251, ["where", "tagsAny"]),
    ("posts(where: {tagsAll: $v}) { nodes { id } }", "[String!]!", ["x"] * 251, ["where", "tagsAll"]),
    ('post(by: {slug: "post-0001"}) { related(first: $v) { id } }', "Int!", -1, ["first"]),
    ('post(by: {slug: "post-0001"}) { related(first: $v) { id } }', "Int!", 101, ["first"]),
)
TEXTS: tuple[tuple[str, list[str | int]], ...] = (
    ("post(by: {slug: $v}) { id }", ["by", "slug"]),
    ("tag(slug: $v) { id }", ["slug"]),
    ("user(username: $v) { id }", ["username"]),
    ("tags(startsWith: $v) { nodes { id } }", ["startsWith"]),
    ("search(query: $v) { nodes { id } }", ["query"]),
    ("search(query: $v) { totalCount }", ["query"]),
    ("posts(where: {titleContains: $v}) { nodes { id } }", ["where", "titleContains"]),
    ("posts(where: {authorUsername: $v}) { nodes { id } }", ["where", "authorUsername"]),
    ('posts(where: {tagsAny: ["a", $v]}) { nodes { id } }', ["where", "tagsAny", 1]),
    ('posts(where: {tagsAll: ["a", $v]}) { totalCount }', ["where", "tagsAll", 1]),
    ('search(query: "kiwi", where: {titleContains: $v}) { nodes { id } }', ["where", "titleContains"]),
)
BAD_ARGUMENTS = (*BAD_VALUES, *((text, "String!", bad, argument) for text, argument in TEXTS for bad in BAD_TEXTS))


@pytest.mark.parametrize(("field", "type_", "value", "argument"), BAD_ARGUMENTS)
async def test_values_that_cannot_be_are_refused(
    api: Api, field: str, type_: str, value: object, argument: list[str | int]
) -> None:
    query = f"query ($v: {type_}) {{ {field} {OTHER} }}"
    root = field.partition("(")[0]
    refused(await _post(api, query, {"v": value}), [root, "related"] if "related" in field else [root], argument)


INVALID: tuple[tuple[str, str, object], ...] = (
    ("posts(first: $v) { nodes { id } }", "Int", 2**31),
    ("posts(first: $v) { nodes { id } }", "Int", -(2**31) - 1),
    ("posts(first: $v) { nodes { id } }", "Int", 1.5),
    ("posts(first: $v) { nodes { id } }", "Int", "1"),
    ("posts(where: {publishedAt: {gte: $v}}) { nodes { id } }", "DateTime", "2024-01-01"),
    ("posts(where: {publishedAt: {gte: $v}}) { nodes { id } }", "DateTime", "2024-01-01T00:00:00"),
    ("posts(where: {publishedAt: {gte: $v}}) { nodes { id } }", "DateTime", "2024-02-30T00:00:00Z"),
    ("posts(where: {publishedAt: {gte: $v}}) { nodes { id } }", "DateTime", "10000-01-01T00:00:00Z"),
    ("posts(where: {publishedAt: {gte: $v}}) { nodes { id } }", "DateTime", "0001-01-01T00:00:00+01:00"),
    ("posts(where: {publishedAt: {gte: $v}}) { nodes { id } }", "DateTime", 1_700_000_000),
    ("posts(orderBy: $v) { nodes { id } }", "PostOrder", {"field": "BODY"}),
    ("posts(where: $v) { nodes { id } }", "PostFilter", {"status": ["GONE"]}),
    ("posts(where: $v) { nodes { id } }", "PostFilter", {"unknown": 1}),
    ("post(by: $v) { id }", "PostBy!", {}),
    ("post(by: $v) { id }", "PostBy!", {"id": POST, "slug": "post-0001"}),
    ("post(by: $v) { id }", "PostBy!", {"slug": None}),
    ("users(role: $v) { nodes { id } }", "[Role!]", ["KING"]),
)


@pytest.mark.parametrize(("field", "type_", "value"), INVALID)
async def test_values_of_another_type_are_refused_before_anything_runs(
    api: Api, field: str, type_: str, value: object
) -> None:
    answer = await _post(api, f"query ($v: {type_}) {{ {field} }}", {"v": value})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["GRAPHQL_VALIDATION_FAILED"]
    assert answer.get("data") is None


FAR_DATES = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2024-01-01T00:00:00.123456789Z")


@pytest.mark.parametrize("bound", ["gte", "gt", "lte", "lt"])
@pytest.mark.parametrize("date", FAR_DATES)
async def test_every_date_that_has_four_digits_is_taken(api: Api, bound: str, date: str) -> None:
    query = f'{{ posts(where: {{publishedAt: {{{bound}: "{date}"}}}}) {{ totalCount nodes {{ id }} }} }}'
    posts = (await api.data(query))["posts"]
    everything = bound.startswith("g") != date.startswith("9")
    assert posts["totalCount"] == len(posts["nodes"]) == (3 if everything else 0)


async def test_a_bad_argument_deep_down_is_named_with_its_whole_path(api: Api) -> None:
    error = await api.error("{ posts(first: 1) { nodes { related(first: 101) { id } } } }")
    assert error["path"] == ["posts", "nodes", 0, "related"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": ["first"]}


async def test_a_query_that_is_none_says_so(api: Api) -> None:
    assert (await api.error("{ posts("))["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"


async def test_the_rest_of_the_answer_is_not_lost(api: Api) -> None:
    answer = await api.post(f'{{ bad: node(id: "!") {{ id }} {OTHER} }}')
    refused(answer, ["bad"], ["id"])
