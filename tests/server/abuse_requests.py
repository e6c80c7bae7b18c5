"""Bodies, methods, paths and headers that mean no good."""

import json
from collections.abc import Iterator

from tests.server.abuse import ANYTHING, Request


def bodies() -> Iterator[Request]:
    """Bodies that are no JSON, or JSON that means nothing."""
    json_type = {"content-type": "application/json"}
    texts: dict[str, bytes] = {
        "no body": b"",
        "null": b"null",
        "a number": b"1",
        "a string": b'"{ __typename }"',
        "a list": b"[]",
        "a batch": b'[{"query": "{ __typename }"}]',
        "a batch of a thousand": b"[" + b",".join([b'{"query": "{ __typename }"}'] * 1000) + b"]",
        "an empty object": b"{}",
        "no query": b'{"variables": {}}',
        "a query that is null": b'{"query": null}',
        "a query that is a number": b'{"query": 1}',
        "a query that is a list": b'{"query": ["{ __typename }"]}',
        "variables that are a list": b'{"query": "{ __typename }", "variables": []}',
        "variables that are text": b'{"query": "{ __typename }", "variables": "{}"}',
        "extensions that are text": b'{"query": "{ __typename }", "extensions": "x"}',
        "a name that is a number": b'{"query": "{ __typename }", "operationName": 1}',
        "a hash that is a number": b'{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": 1}}}',
        "a hash of another version": b'{"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "a"}}}',
        "half of an object": b'{"query": "{ __typename }"',
        "an object and more": b'{"query": "{ __typename }"} x',
        "single quotes": b"{'query': '{ __typename }'}",
        "a comma too many": b'{"query": "{ __typename }",}',
        "a comment": b'{"query": "{ __typename }" /* x */}',
        "not a number": b'{"query": "{ __typename }", "variables": {"a": NaN}}',
        "infinity": b'{"query": "{ __typename }", "variables": {"a": -Infinity}}',
        "not a number, beside a surrogate": b'{"query": "\\ud800", "variables": {"a": NaN}}',
        "bytes that are no UTF-8": b'{"query": "\xff\xfe"}',
        "an overlong sign": b'{"query": "\xc0\xaf"}',
        "UTF-16": '{"query": "{ __typename }"}'.encode("utf-16"),
        "UTF-32": '{"query": "{ __typename }"}'.encode("utf-32"),
        "a mark of byte order": b"\xef\xbb\xbf" + b'{"query": "{ __typename }"}',
        "a NUL between": b'{"query": "{ __typename }\x00"}',
        "100,000 brackets": b'{"query": "{ __typename }", "variables": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "100,000 brackets, beside a surrogate": b'{"query": "\\ud800", "variables": '
        + b"[" * 50_000
        + b"]" * 50_000
        + b"}",
        "100,000 braces": b'{"query": "{ __typename }", "variables": '
        + b'{"a":' * 100_000
        + b"1"
        + b"}" * 100_000
        + b"}",
        "100,000 brackets never closed": b"[" * 100_000,
        "XML": b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        "a form": b"query=%7B__typename%7D",
        "noise": bytes(range(256)) * 100,
    }
    for name, text in texts.items():
        yield Request(
            f"a body: {name}",
            text,
            frozenset({"BAD_REQUEST", "GRAPHQL_PARSE_FAILED", "QUERY_TOO_LARGE"}),
            frozenset({200, 400, 413}),
            json_type,
        )
    harmless = {
        "keys twice": b'{"query": "{ no }", "query": "{ __typename }"}',
        "keys that nobody knows": b'{"query": "{ __typename }", "__proto__": {"a": 1}, "constructor": 1}',
        "a hundred thousand keys": b'{"query": "{ __typename }", "x": {'
        + b",".join(b'"k%d":1' % n for n in range(50_000))
        + b"}}",
        "a number of 100,000 digits": b'{"query": "{ __typename }", "variables": {"a": ' + b"9" * 100_000 + b"}}",
        "a large exponent": b'{"query": "{ __typename }", "variables": {"a": 1e999999}}',
        "escapes of every kind": b'{"query": "{ __typename }", "variables": {"a": "\\u0000\\ud83d\\ude00\\/"}}',
        "white space of 900 KB": b" " * 900_000 + b'{"query": "{ __typename }"}',
    }
    for name, text in harmless.items():
        yield Request(f"a body: {name}", text, ANYTHING, frozenset({200, 400, 413}), json_type)
    large = frozenset({"QUERY_TOO_LARGE"})
    yield Request("a body of 2 MB", b" " * 2_000_000, large, frozenset({413}), json_type)
    yield Request("a body of 50 MB", b" " * 50_000_000, large, frozenset({413}), json_type)
    variables = json.dumps({"query": "{ __typename }", "variables": {"a": "x" * 300_000}}).encode()
    yield Request("variables of 300 KB", variables, large, frozenset({413}), json_type)


def odd_requests() -> Iterator[Request]:
    """Methods, paths and headers that do not belong here."""
    bad, unserved, media = frozenset({"BAD_REQUEST"}), frozenset({405}), frozenset({415})
    query = json.dumps({"query": "{ __typename }"}).encode()
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"):
        yield Request(
            f"the method {method}", query, bad, unserved | {400}, {"content-type": "application/json"}, method
        )
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "",
    ):
        yield Request(f"a body of type {kind or 'nothing'}", query, bad, media, {"content-type": kind})
    json_type = {"content-type": "application/json"}
    yield Request("another charset", query, bad, media, {"content-type": "application/json; charset=utf-7"})
    for coding in ("gzip", "br", "deflate, gzip", "x"):
        yield Request(
            f"a body that says that it is {coding}", query, bad, media, json_type | {"content-encoding": coding}
        )
    yield Request("an Accept that takes nothing", query, bad, frozenset({406}), json_type | {"accept": "image/png"})
    yield Request(
        "an Accept of 10,000 types", query, ANYTHING, frozenset({200, 406}), json_type | {"accept": "a/b," * 2_000}
    )
    yield Request(
        "an Accept of odd weights", query, ANYTHING, frozenset({200, 406}), json_type | {"accept": "*/*;q=nan, a;q=1e9"}
    )
    for token in ("Bearer", "Bearer x", "Basic eDp5", "Bearer " + "a." * 4_000, "Bearer eyJhbGciOiJub25lIn0.e30."):
        yield Request(
            f"a token {token[:12]}… of {len(token)}",
            query,
            frozenset({"UNAUTHENTICATED"}),
            frozenset({401}),
            json_type | {"authorization": token},
        )
    yield Request(
        "a mutation by GET",
        None,
        bad,
        unserved,
        {},
        "GET",
        "/graphql?query=mutation%20%7B%20logOut(input%3A%7BrefreshToken%3A%22x%22%7D)%20%7B%20success%20%7D%20%7D",
    )
    yield Request("a GET without a query", None, bad, frozenset({400}), {"accept": "application/json"}, "GET")
    yield Request(
        "a GET with a query twice", None, bad, frozenset({400}), {}, "GET", "/graphql?query=%7Ba%7D&query=%7Bb%7D"
    )
    yield Request(
        "a GET with 200 parameters",
        None,
        bad,
        frozenset({400}),
        {},
        "GET",
        "/graphql?query=%7Ba%7D" + "".join(f"&a{n}=1" for n in range(200)),
    )
    yield Request(
        "a GET with variables that are no JSON",
        None,
        bad,
        frozenset({400}),
        {},
        "GET",
        "/graphql?query=%7B__typename%7D&variables=x",
    )
    yield Request("a GET that is no UTF-8", None, bad, frozenset({400}), {}, "GET", "/graphql?query=%ff%fe")
    yield Request(
        "an id of a request that is no word",
        query,
        frozenset({None}),
        frozenset({200}),
        json_type | {"x-request-id": "a b\tc" * 50},
    )
    for path in (
        "/graphql/",
        "/graphql/../etc/passwd",
        "//graphql",
        "/graphql/ide/../../core/errors.py",
        "/docs",
        "/openapi.json",
        "/metrics",
        "/.env",
    ):
        yield Request(f"the path {path}", None, bad, frozenset({404, 400, 405}), {}, "GET", path)
