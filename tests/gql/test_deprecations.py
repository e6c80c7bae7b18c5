"""What of a document is deprecated: whatever can be, wherever it stands."""

from typing import Any

import pytest
from graphql import build_schema, parse

from gql.deprecations import Deprecations

SCHEMA = build_schema(
    """
    directive @shout(loud: Boolean, old: Boolean @deprecated(reason: "x")) on FIELD

    type Query {
      posts(first: Int, count: Int @deprecated(reason: "x"), where: Filter, order: Order, filters: [Filter!]): [Post]
      node: Node
      tag: String @deprecated(reason: "x")
    }
    interface Node { id: ID, number: Int @deprecated(reason: "x") }
    type Post implements Node { id: ID, number: Int, title: String, name: String @deprecated(reason: "x"), next: Post }
    enum Order { NEWEST LOUDEST @deprecated(reason: "x") }
    input Filter { title: String, name: String @deprecated(reason: "x"), order: Order, not: Filter, all: [Filter!] }
    """
)
DEPRECATIONS = Deprecations(SCHEMA)


def used(text: str, **variables: Any) -> list[str]:
    return list(DEPRECATIONS.used(DEPRECATIONS.in_document(parse(text)), variables))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{ posts { id title next { title } } }", []),
        ("{ tag }", ["Query.tag"]),
        ("{ a: tag b: tag }", ["Query.tag"]),
        ("{ posts { next { next { name } } } }", ["Post.name"]),
        ("{ node { number } }", ["Node.number"]),
        ("{ node { ... on Post { number name } } }", ["Post.name"]),
        ("{ ...f } fragment f on Query { posts { name } tag }", ["Post.name", "Query.tag"]),
        ("{ posts(count: 1) { id } }", ["Query.posts(count:)"]),
        ("{ posts(first: 1) @shout(loud: true) { id } }", []),
        ("{ posts(first: 1) @shout(old: true) { id } }", ["@shout(old:)"]),
        ("{ posts(order: NEWEST) { id } }", []),
        ("{ posts(order: LOUDEST) { id } }", ["Order.LOUDEST"]),
        ('{ posts(where: {title: "a"}) { id } }', []),
        ('{ posts(where: {name: "a"}) { id } }', ["Filter.name"]),
        ("{ posts(filters: [{not: {order: LOUDEST}}]) { id } }", ["Order.LOUDEST"]),
        ("query ($o: Order = LOUDEST) { posts(order: $o) { id } }", ["Order.LOUDEST"]),
        ("{ __schema { types { name } } }", []),
    ],
)
def test_what_a_document_names_is_found(text: str, names: list[str]) -> None:
    assert used(text) == names


@pytest.mark.parametrize(
    ("declared", "value", "names"),
    [
        ("Order", "NEWEST", []),
        ("Order", "LOUDEST", ["Order.LOUDEST"]),
        ("Order!", "LOUDEST", ["Order.LOUDEST"]),
        ("[Order!]!", ["NEWEST", "LOUDEST"], ["Order.LOUDEST"]),
        ("[Order!]!", "LOUDEST", ["Order.LOUDEST"]),
        ("Filter", {"title": "a"}, []),
        ("Filter", {"name": "a"}, ["Filter.name"]),
        ("Filter", {"name": None}, ["Filter.name"]),
        ("Filter", {"all": [{"order": "LOUDEST"}, {"not": {"name": "a"}}]}, ["Filter.name", "Order.LOUDEST"]),
        ("String", "LOUDEST", []),
        # What is of another shape is refused later.
        ("Order", {"LOUDEST": 1}, []),
        ("Order", None, []),
        ("Filter", ["name"], []),
        ("Filter", {"unheard": {"name": "a"}}, []),
    ],
)
def test_what_variables_hold_is_found(declared: str, value: object, names: list[str]) -> None:
    assert used(f"query ($v: {declared}) {{ posts {{ id }} }}", v=value) == names
    assert used(f"query ($v: {declared}) {{ posts {{ id }} }}") == []


def test_values_of_any_depth_do_no_harm() -> None:
    value: dict[str, Any] = {"name": "a"}
    for _ in range(5_000):
        value = {"not": value}
    assert used("query ($v: Filter) { tag posts(where: $v) { id } }", v=value) == ["Query.tag"]


def test_a_schema_without_deprecations_is_not_looked_at() -> None:
    none = Deprecations(build_schema("type Query { order(by: Order): String } enum Order { NEWEST }"))
    assert not none.exist
    assert Deprecations(build_schema("type Query { order(by: Order): String } enum Order { A @deprecated }")).exist
