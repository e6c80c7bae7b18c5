"""Variables are coerced as graphql-core coerces them, whatever is given for them."""

import gc
from collections.abc import Iterator
from itertools import product
from typing import Any
from weakref import ref

import pytest
from graphql import GraphQLError, print_ast
from graphql.execution.values import VariableValues, get_variable_values

from gql.executor.variables import Variables
from gql.schema import build_schema
from tests.limits.inlined import preparer

SCHEMA = build_schema()._schema
ABSENT = object()
VALUES = [
    *(
        ABSENT,
        None,
        "",
        "text",
        "\ud800",
        "PUBLISHED",
        "ADMIN",
        "7",
        7,
        0,
        -1,
        2**31 - 1,
        2**31,
        -(2**31),
        -(2**31) - 1,
    ),
    *(True, False, 1.0, 1.5, float("nan"), [], ["text"], ["ADMIN"], {}, {"slug": "x"}, {"slug": None}),
]
DEFINITIONS = [
    *(
        "$a: String",
        "$a: String!",
        '$a: String = "x"',
        '$a: String! = "x"',
        "$a: String = null",
        "$a: ID",
        "$a: ID! = 3",
    ),
    *(
        "$a: Int",
        "$a: Int!",
        "$a: Int = 3",
        "$a: Boolean",
        "$a: Boolean! = true",
        "$a: PostStatus",
        "$a: Role! = ADMIN",
    ),
    *("$a: Float", "$a: DateTime", "$a: Markdown", "$a: [String!]", "$a: PostBy", "$a: Int = 1.5", "$a: Role = NOBODY"),
    *("$a: Post", "$a: Nothing", "$a: __TypeKind"),
]


def told(found: VariableValues | list[GraphQLError]) -> Any:
    if isinstance(found, list):
        return [(error.message, error.locations, str(error.original_error)) for error in found]
    sources = [(name, *_of(source.signature), repr(source.value)) for name, source in found.sources.items()]
    return repr(found.coerced), sources


def _of(signature: Any) -> Any:
    return signature.name, str(signature.type), signature.default and print_ast(signature.default.literal)


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("other", ["$b: String", "$b: Int!", "$b: PostFilter"])
def test_whatever_is_given(definition: str, other: str) -> None:
    operation: Any = preparer()._parse(f"query({definition}, {other}) {{ __typename }}", trusted=True).definitions[0]
    definitions = operation.variable_definitions
    compiled = Variables(SCHEMA, definitions, most_errors=10, hide_suggestions=True)
    for a, b in product(VALUES, [ABSENT, "text", 1, {}]):
        given = {name: value for name, value in (("a", a), ("b", b)) if value is not ABSENT}
        expected = get_variable_values(SCHEMA, definitions, given, max_errors=10, hide_suggestions=True)
        assert told(compiled.of({**given, "more": 1})) == told(expected), given


def test_what_fits_is_not_asked_of_graphql_core(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "query($a: String!, $b: Int = 3, $d: PostStatus, $e: ID, $f: Boolean) { __typename }"
    operation: Any = preparer()._parse(text, trusted=True).definitions[0]
    compiled = Variables(SCHEMA, operation.variable_definitions, most_errors=10, hide_suggestions=True)
    monkeypatch.setattr("gql.executor.variables.get_variable_values", lambda *_: 1 // 0)
    found = compiled.of({"a": "x", "d": "DRAFT", "e": None})
    assert isinstance(found, VariableValues)
    assert {name: getattr(value, "name", value) for name, value in found.coerced.items()} == {
        "a": "x",
        "b": 3,
        "d": "DRAFT",
        "e": None,
    }


class Given(list[object]):
    """What can be watched."""


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("type_", ["Int!", "String", "DateTime", "PostStatus", "PostFilter", "[ID!]"])
def test_what_was_refused_goes_with_the_errors(type_: str) -> None:
    operation: Any = preparer()._parse(f"query($a: {type_}) {{ __typename }}", trusted=True).definitions[0]
    compiled = Variables(SCHEMA, operation.variable_definitions, most_errors=10, hide_suggestions=True)
    given = {"a": Given([{}])}
    watched, found = ref(given["a"]), compiled.of(given)
    assert isinstance(found, list)
    del given, found
    assert watched() is None
