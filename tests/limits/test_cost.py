from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse
from hypothesis import given
from hypothesis import strategies as st

from gql.documents.document import Document
from gql.limits.cost import ASSUMED, MOST_KNOWN, CostModel
from tests.limits.inlined import SCHEMA, inlined, only, preparer
from tests.model.examples import examples

PREPARER = preparer(only(errors=10))
MODEL = CostModel(SCHEMA)


def document_of(text: str) -> Document:
    return PREPARER.prepare(text)


def cost(text: str, **variables: Any) -> int:
    """Of a document that is met for the first time."""
    return cost_of(document_of(text), **variables)


def cost_of(document: Document, **variables: Any) -> int:
    return MODEL.cost(document, document.operation(None), variables)


@pytest.mark.parametrize(
    ("text", "variables", "size"),
    [
        ("{ posts(first: 7) { nodes { id } } }", {}, 7),
        ("{ posts(last: 8) { nodes { id } } }", {}, 8),
        ("{ posts { nodes { id } } }", {}, 20),
        ("{ posts(first: null) { nodes { id } } }", {}, 20),
        ("query($n: Int) { posts(first: $n) { nodes { id } } }", {"n": 9}, 9),
        ("query($n: Int) { posts(first: $n) { nodes { id } } }", {"n": None}, 20),
        ("query($n: Int) { posts(first: $n) { nodes { id } } }", {}, 20),
        ("query($n: Int = 11) { posts(first: $n) { nodes { id } } }", {}, 11),
        ("query($n: Int = 11) { posts(first: $n) { nodes { id } } }", {"n": 12}, 12),
        ("query($n: Int = 11) { posts(first: $n) { nodes { id } } }", {"n": None}, 20),
        ("query($a: Int, $b: Int) { posts(first: $a, last: $b) { nodes { id } } }", {"b": 13}, 13),
        ("query($a: Int = 5, $b: Int = 6) { posts(first: $a, last: $b) { nodes { id } } }", {}, 6),
        ("{ posts(first: 0) { nodes { id } } }", {}, 0),
        ("{ posts(first: -1) { nodes { id } } }", {}, 0),
        ("{ posts(first: 2147483647) { nodes { id } } }", {}, 100),
        ("query($n: Int) { posts(first: $n) { nodes { id } } }", {"n": -(10**30)}, 0),
        ("query($n: Int) { posts(first: $n) { nodes { id } } }", {"n": 10**30}, 100),
    ],
)
def test_a_page_costs_its_size_and_one_for_the_connection(text: str, variables: dict[str, Any], size: int) -> None:
    assert cost(text, **variables) == 1 + size


@pytest.mark.parametrize(("argument", "size"), [("", 3), ("(first: 9)", 9), ("(first: $n)", 3)])
def test_a_list_without_a_connection_is_sized_by_its_argument_and_that_argument_s_default(
    argument: str, size: int
) -> None:
    declared = "($n: Int = 3)" if "$" in argument else ""
    text = f'query{declared} {{ post(by: {{slug: "x"}}) {{ related{argument} {{ id }} }} }}'
    assert cost(text) == 1 + size


def test_a_whole_number_with_a_point_is_a_page_size() -> None:
    assert cost("query($n: Int) { posts(first: $n) { nodes { id } } }", n=100.0) == 101


@pytest.mark.parametrize("number", [1, 2, 250])
def test_nodes_cost_as_much_as_there_are_ids(number: int) -> None:
    ids = ", ".join(['"x"'] * number)
    assert cost(f"{{ nodes(ids: [{ids}]) {{ id }} }}") == number
    assert cost("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["x"] * number) == number


def test_edges_cost_an_object_for_the_edge_and_one_for_the_node() -> None:
    assert cost("{ posts(first: 3) { edges { cursor } } }") == 1 + 3
    assert cost("{ posts(first: 3) { edges { node { id } } } }") == 1 + 3 * 2
    assert cost("{ posts(first: 3) { edges { node { id } } nodes { id } } }") == 1 + 3 * 2 + 3


def test_what_is_beside_the_list_costs_once() -> None:
    assert cost("{ posts(first: 50) { totalCount pageInfo { hasNextPage } } }") == 2


def test_lists_in_lists_multiply() -> None:
    text = "{ posts(first: 50) { nodes { title author { name } tags { name } } } }"
    assert cost(text) == 1 + 50 * (1 + 1 + 5)
    text = "{ posts(first: 10) { nodes { comments(first: 7) { nodes { replies(first: 3) { nodes { id } } } } } } }"
    assert cost(text) == 1 + 10 * (1 + 1 + 7 * (1 + 1 + 3))


def test_a_size_holds_for_its_own_list_only() -> None:
    text = "{ posts(first: 50) { nodes { tags { posts(first: 2) { nodes { id } } } } } }"
    assert cost(text) == 1 + 50 * (1 + 5 * (1 + 1 + 2))


def test_a_fragment_costs_what_the_list_makes_of_it_that_it_stands_in() -> None:
    text = "{ a: posts(first: 2) { ...f } b: posts(first: 30) { ...f } } fragment f on PostConnection { nodes { id } }"
    assert cost(text) == 1 + 2 + 1 + 30


def test_a_search_costs_what_the_schema_says() -> None:
    assert cost('{ search(query: "x", first: 4) { nodes { id } } }') == 5 + 4


def test_a_list_of_which_the_schema_says_nothing_is_taken_for_ten() -> None:
    text = '{ search(query: "x", first: 2) { edges { highlights { html } } } }'
    assert cost(text) == 5 + 2 * (1 + ASSUMED)


def test_scalars_and_the_schema_s_description_cost_nothing() -> None:
    assert cost("{ __typename __schema { types { name } } }") == 0


@pytest.mark.parametrize(
    ("directives", "variables", "included"),
    [
        ("@include(if: true)", {}, True),
        ("@include(if: false)", {}, False),
        ("@skip(if: true)", {}, False),
        ("@skip(if: false)", {}, True),
        ("@include(if: true) @skip(if: true)", {}, False),
        ("@skip(if: false) @include(if: true)", {}, True),
        ("@include(if: $f)", {"f": True}, True),
        ("@include(if: $f)", {"f": False}, False),
        ("@skip(if: $f)", {"f": True}, False),
        ("@include(if: $d)", {}, False),
        ("@include(if: $d)", {"d": True}, True),
        ("@skip(if: $d)", {}, True),
    ],
)
@pytest.mark.parametrize("place", ["posts(first: 9) HERE BODY", "... HERE { posts(first: 9) BODY }", "...f HERE"])
def test_what_is_left_out_costs_nothing(
    place: str, directives: str, variables: dict[str, bool], *, included: bool
) -> None:
    declared = [f"${name}: Boolean{end}" for name, end in (("f", "!"), ("d", " = false")) if f"${name}" in directives]
    head = f"query({', '.join(declared)})" if declared else "query"
    tail = " fragment f on Query { posts(first: 9) { nodes { id } } }" if "...f" in place else ""
    selected = place.replace("HERE", directives).replace("BODY", "{ nodes { id } }")
    assert cost(f"{head} {{ __typename {selected} }}{tail}", **variables) == (10 if included else 0)


CONNECTIONS = {"PostConnection": "Post", "CommentConnection": "Comment", "TagConnection": "Tag"}
TYPES: dict[str, tuple[list[str], dict[str, str]]] = {
    "Query": (["__typename"], {"posts(first: $n)": "PostConnection", "tags(first: 3)": "TagConnection"}),
    "Post": (["id"], {"tags": "Tag", "comments(last: $m)": "CommentConnection", "related(first: $m)": "Post"}),
    "Comment": (["id"], {"post": "Post", "replies(first: $n)": "CommentConnection"}),
    "Tag": (["id"], {"posts(first: $m)": "PostConnection"}),
    **{name: (["totalCount"], {"nodes": node, "edges { node EDGE }": node}) for name, node in CONNECTIONS.items()},
}


@st.composite
def selected(draw: st.DrawFn, type_: str, first: int, levels: int) -> str:
    """What may stand in a type; the fragments from `first` on may be spread, each type's as `<type><number>`."""
    leaves, objects = TYPES[type_]
    lines = [draw(st.sampled_from(leaves))]
    for _ in range(draw(st.integers(0, 2))):
        condition = draw(st.sampled_from(["", "", " @include(if: $b)", " @skip(if: $b)"]))
        kind = draw(st.integers(0, 3))
        if kind == 0 and first < 3:
            lines.append(f"...{type_}{draw(st.integers(first, 2))}{condition}")
        elif kind == 1 and levels:
            lines.append(f"... on {type_}{condition} {draw(selected(type_, first, levels - 1))}")
        elif levels:
            # Aliases, for the same field may stand there with other arguments.
            name = draw(st.sampled_from(sorted(objects)))
            body = draw(selected(objects[name], first, levels - 1))
            whole = name.replace("EDGE", body) if "EDGE" in name else f"{name}{condition} {body}"
            lines.append(f"x{draw(st.integers(0, 10**9))}: {whole}")
    return "{ " + " ".join(lines) + " }"


@st.composite
def queries(draw: st.DrawFn) -> str:
    fragments = [
        f"fragment {type_}{i} on {type_} {draw(selected(type_, i + 1, 1))}" for type_ in TYPES for i in range(3)
    ]
    return f"query($n: Int, $m: Int! = 4, $b: Boolean = true) {draw(selected('Query', 0, 4))} {' '.join(fragments)}"


SIZES = st.none() | st.integers(-5, 200)


@examples(100)
@given(queries(), SIZES, st.integers(0, 150), st.booleans())
def test_the_cost_is_that_of_the_query_with_its_fragments_written_out(text: str, n: int, m: int, b: bool) -> None:
    node = parse(text)
    written = inlined(node)
    variables = {"n": n, "m": m, "b": b}
    costs = []
    for one in (node, written):
        [operation] = [part for part in one.definitions if isinstance(part, OperationDefinitionNode)]
        costs.append(cost_of(Document(text, one, {None: operation}, len(text)), **variables))
    assert costs[0] == costs[1]


@examples(60)
@given(st.lists(st.tuples(SIZES, SIZES, st.booleans()), min_size=2, max_size=MOST_KNOWN * 2))
def test_what_was_remembered_of_other_variables_changes_no_cost(given_: list[tuple[Any, Any, bool]]) -> None:
    text = """query($n: Int, $m: Int = 4, $b: Boolean!) {
        posts(first: $n) { nodes { comments(last: $m) @skip(if: $b) { nodes { id } } } }
    }"""
    document = document_of(text)
    for n, m, b in given_:
        assert cost_of(document, n=n, m=m, b=b) == cost(text, n=n, m=m, b=b)
        assert len(document.costs) <= MOST_KNOWN


def test_an_absent_variable_is_not_null_where_it_has_a_default() -> None:
    document = document_of("query($n: Int = 50) { posts(first: $n) { nodes { id } } }")
    assert [cost_of(document), cost_of(document, n=None), cost_of(document)] == [51, 21, 51]


def test_operations_of_one_document_are_remembered_apart() -> None:
    document = document_of("query a { posts(first: 1) { nodes { id } } } query b { posts(first: 2) { nodes { id } } }")
    costs = [MODEL.cost(document, document.operation(name), {}) for name in ("a", "b", "a", "b")]
    assert costs == [2, 3, 2, 3]


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        ("query($v: Int) { posts(first: $v) { nodes { id } } }", True, 1),
        ("query($v: Boolean!) { posts(first: 50) @include(if: $v) { nodes { id } } }", 0, False),
        ("query($v: Boolean!) { posts(first: 50) @skip(if: $v) { nodes { id } } }", 1, True),
    ],
)
def test_a_value_of_a_wrong_type_changes_no_cost_of_a_right_one(text: str, wrong: object, right: object) -> None:
    document = document_of(text)
    cost_of(document, v=wrong)
    assert cost_of(document, v=right) == cost(text, v=right)
