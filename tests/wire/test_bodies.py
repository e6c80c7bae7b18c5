import gzip

import httpx
import pytest

from tests.wire.asking import JSON, PATH, RESPONSE, code_of, media_type, post, post_bytes

QUERY = "{ __typename }"
BODY = b'{"query": "{ __typename }"}'
LONE = "\\ud800"
"""Half of a surrogate pair, as JSON writes it."""

NO_REQUESTS: dict[str, bytes] = {
    "nothing": b"",
    "a space": b" ",
    "null": b"null",
    "a number": b"1",
    "a string": b'"x"',
    "a list of nothing": b"[]",
    "a batch of one": b"[%s]" % BODY,
    "a batch": b"[%s, %s]" % (BODY, BODY),
    "an object of nothing": b"{}",
    "no query": b'{"variables": {}}',
    "half an object": b'{"query": ',
    "two objects": BODY + BODY,
    "a form": b"query=%7B__typename%7D",
    "a comma too many": b'{"query": "{ __typename }",}',
    "bad UTF-8 in a text": b'{"query": "{ __typename } # \xff"}',
    "bad UTF-8 alone": b"\xff\xfe",
    "a cut character": b'{"query": "\xe2\x82"}',
    "a surrogate in UTF-8": b'{"query": "{ __typename } # \xed\xa0\x80"}',
    "UTF-16": BODY.decode().encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + BODY,
    "NaN": b'{"query": "{ __typename }", "variables": {"n": NaN}}',
    "Infinity": b'{"query": "{ __typename }", "variables": {"n": Infinity}}',
    "minus Infinity": b'{"query": "{ __typename }", "variables": {"n": -Infinity}}',
    "NaN beside half a pair": b'{"query": "{ __typename }", "variables": {"n": NaN, "s": "\\ud800"}}',
    "a bare control character": b'{"query": "{ __typename }\n"}',
    "lists in lists": b"[" * 100_000,
    "objects in objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep variables": b'{"query": "{ __typename }", "variables": {"n": %s}}' % (b"[" * 5_000 + b"]" * 5_000),
    "deep variables beside half a pair": b'{"query": "\\ud800", "variables": {"n": %s}}'
    % (b"[" * 90_000 + b"]" * 90_000),
    "single quotes": b"{'query': '{ __typename }'}",
    "a comment": b'{"query": "{ __typename }" /* really */}',
    "a null query": b'{"query": null}',
}


@pytest.mark.parametrize("body", NO_REQUESTS.values(), ids=NO_REQUESTS)
@pytest.mark.parametrize("media", [JSON, RESPONSE])
async def test_a_body_that_is_no_request_is_refused_with_an_error_of_graphql(
    http: httpx.AsyncClient, body: bytes, media: str
) -> None:
    response = await post_bytes(http, body, accept=media)
    assert (response.status_code, media_type(response)) == (400, media)
    assert set(response.json()) == {"errors"}
    assert code_of(response) == "BAD_REQUEST"


@pytest.mark.parametrize("value", [1, 1.5, True, [], {}, ["{ __typename }"]])
@pytest.mark.parametrize("name", ["query", "operationName", "documentId"])
async def test_a_parameter_that_is_no_string_is_refused(http: httpx.AsyncClient, name: str, value: object) -> None:
    response = await post(http, {"query": QUERY, name: value})
    assert response.status_code == 400
    assert code_of(response) == "BAD_REQUEST"


@pytest.mark.parametrize("value", [1, 0, "", "{}", True, False, [], [{}]])
@pytest.mark.parametrize("name", ["variables", "extensions"])
async def test_a_parameter_that_is_no_object_is_refused(http: httpx.AsyncClient, name: str, value: object) -> None:
    response = await post(http, {"query": QUERY, name: value})
    assert response.status_code == 400
    assert code_of(response) == "BAD_REQUEST"


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/graphql"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/jsonx"},
        {"content-type": ""},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json; charset=iso-8859-1"},
        {"content-type": 'application/json; charset="latin1"'},
        {"content-type": JSON, "content-encoding": "gzip"},
        {"content-type": JSON, "content-encoding": "br"},
        {"content-type": JSON, "content-encoding": "identity, gzip"},
        {},
    ],
)
async def test_a_body_that_is_not_plain_json_is_of_no_supported_type(
    http: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    body = gzip.compress(BODY) if "content-encoding" in headers else BODY
    response = await http.post(PATH, content=body, headers=headers)
    assert response.status_code == 415
    assert code_of(response) == "BAD_REQUEST"


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", 'application/json;charset="UTF-8"', "Application/JSON", "application/json;v=1"],
)
async def test_json_in_utf_8_may_be_called_so(http: httpx.AsyncClient, content_type: str) -> None:
    response = await http.post(PATH, content=BODY, headers={"content-type": content_type})
    assert response.json() == {"data": {"__typename": "Query"}}


def lone_in(path: str) -> bytes:
    """A body with half of a surrogate pair in one place."""
    search = "query ($where: PostFilter, $id: ID!) { node(id: $id) { id } posts(where: $where) { totalCount } }"
    bodies = {
        "query": '{"query": "{ nothing%s }"}',
        "text in the query": '{"query": "{ node(id: \\"%s\\") { id } }"}',
        "operationName": '{"query": "query A { __typename }", "operationName": "%s"}',
        "documentId": '{"documentId": "%s"}',
        "hash": '{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "%s"}}}',
        "value": '{"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": "%s"}}',
        "name of a field": '{"query": "' + search + '", "variables": {"id": "x", "where": {"%s": 1}}}',
        "enum": '{"query": "query ($r: [Role!]) { users(role: $r) { totalCount } }", "variables": {"r": ["%s"]}}',
        "number": '{"query": "query ($n: Int) { users(first: $n) { totalCount } }", "variables": {"n": "%s"}}',
    }
    return (bodies[path] % LONE).encode()


HALF_PAIRS = ["query", "text in the query", "operationName", "documentId", "hash", "value", "name of a field"]


@pytest.mark.parametrize("place", [*HALF_PAIRS, "enum", "number"])
async def test_half_of_a_surrogate_pair_is_the_fault_of_the_client_wherever_it_stands(
    http: httpx.AsyncClient, place: str
) -> None:
    response = await post_bytes(http, lone_in(place), accept=RESPONSE)
    assert response.headers["content-type"].startswith(RESPONSE)
    assert response.status_code in (200, 400)
    for error in response.json()["errors"]:
        assert error["extensions"]["code"] != "INTERNAL_SERVER_ERROR"
