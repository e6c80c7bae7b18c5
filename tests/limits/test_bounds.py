from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest
from graphql import get_introspection_query

from core.errors import ErrorCode, LimitError
from gql.documents.document import InvalidDocumentError
from tests.limits.inlined import DEFAULTS, only, preparer

OPTIONS = [
    "descriptions",
    "specified_by_url",
    "directive_is_repeatable",
    "schema_description",
    "input_value_deprecation",
    "one_of",
]


@pytest.mark.parametrize("values", [*product([True, False], repeat=len(OPTIONS))])
def test_the_introspection_query_of_every_client_passes(values: tuple[bool, ...]) -> None:
    text = get_introspection_query(**dict(zip(OPTIONS, values, strict=True)))
    assert preparer().prepare(text).operations


@pytest.mark.parametrize(
    "text",
    [
        "{ ...f } fragment f on Query { ...f }",
        "{ ...f } fragment f on Query { __typename ...f }",
        "{ ...f } fragment f on Query { posts { nodes { ...g } } } fragment g on Post { next { ...g } ...g }",
        "{ ...f } fragment f on Query { ...g } fragment g on Query { __typename ...f ...g }",
        "{ __typename } fragment f on Query { ...g } fragment g on Query { ...f }",
    ],
)
def test_a_fragment_that_spreads_itself_is_refused_by_validation(text: str) -> None:
    with pytest.raises(InvalidDocumentError) as raised:
        preparer().prepare(text)
    assert any("within itself" in error.message for error in raised.value.errors)


def repeated(text: str, times: int) -> str:
    return " ".join(text.format(i) for i in range(times))


LARGE, DEEP = ErrorCode.QUERY_TOO_LARGE, ErrorCode.QUERY_TOO_DEEP
SIZED: list[tuple[str, ErrorCode, Callable[[int], str]]] = [
    ("document", LARGE, "{ __typename }".ljust),
    ("document", LARGE, lambda n: "{ __typename } #" + "é" * ((n - 16) // 2) + "x" * (n % 2)),
    ("tokens", LARGE, lambda n: "{ nodes(ids: [" + ' "x"' * (n - 12) + "]) { id } }"),
    ("depth", DEEP, lambda n: '{ post(by: {slug: "x"}) {' + " next {" * (n - 2) + " id" + " }" * (n - 1) + " }"),
    (
        "introspection_depth",
        DEEP,
        lambda n: "{ __schema { types" + " { ofType" * (n - 3) + " { name }" + " }" * (n - 1),
    ),
    ("aliases", LARGE, lambda n: "{ ...f } fragment f on Query {" + repeated("a{}: __typename", n) + "}"),
    ("root_fields", LARGE, lambda n: "{ ...f } fragment f on Query {" + " __typename" * n + " }"),
    ("directives", LARGE, lambda n: "{" + repeated("__typename @include(if: true)", n) + "}"),
    ("operations", LARGE, lambda n: repeated("query q{} {{ __typename }}", n)),
    ("copies", LARGE, lambda n: "{ posts {" + " totalCount" * n + " } }"),
    ("copies", LARGE, lambda n: "{" + " posts { totalCount }" * n + " }"),
    (
        "copies",
        LARGE,
        lambda n: (
            "{" + " posts { nodes { id } }" * (n - 1) + " ...f } fragment f on Query { posts { id: totalCount } }"
        ),
    ),
    ("selections", LARGE, lambda n: "{ posts {" + " totalCount" * (n - 1) + " } }"),
]


@pytest.mark.parametrize(("name", "code", "text"), SIZED)
def test_a_document_at_a_limit_passes_and_one_beyond_it_does_not(
    name: str, code: ErrorCode, text: Callable[[int], str]
) -> None:
    limit = getattr(DEFAULTS, name) if name != "selections" else 100
    alone = preparer(only(**{name: limit, "errors": 10}))
    assert alone.prepare(text(limit)).operations
    with pytest.raises(LimitError) as raised:
        alone.prepare(text(limit + 1))
    assert (raised.value.code, raised.value.limit, raised.value.found) == (code, limit, limit + 1)


def test_no_more_errors_are_answered_than_the_limit_says() -> None:
    for number in (9, 10, 11, 30):
        with pytest.raises(InvalidDocumentError) as raised:
            preparer().prepare("{ posts {" + repeated("wrong{}", number) + "} }")
        assert len(raised.value.errors) == min(number, DEFAULTS.errors)


def test_each_operation_is_measured() -> None:
    text = "query a { __typename } query b { posts { nodes { id } } } query c { posts { totalCount } }"
    with pytest.raises(LimitError) as raised:
        preparer(replace(DEFAULTS, depth=2)).prepare(text)
    assert (raised.value.limit, raised.value.found) == (2, 3)


def test_a_syntax_error_that_quotes_the_parser_is_a_syntax_error() -> None:
    with pytest.raises(InvalidDocumentError):
        preparer().prepare('{ "Document contains more than" }')
