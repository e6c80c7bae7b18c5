from collections.abc import Callable

import pytest
from graphql import DocumentNode, FieldNode, SelectionSetNode, parse
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import LimitError
from gql.limits.counts import check_aliases, check_directives, check_root_fields, check_selections
from gql.limits.depth import check_depth
from gql.limits.limits import Limits
from tests.limits.inlined import all_fields, fields, only, operation_of
from tests.model.examples import examples

FRAGMENTS = 4
PLAIN = {"f2", "f3"}
"""Fragments without a description of the schema."""

Check = Callable[[DocumentNode, Limits], None]


@st.composite
def selection_sets(
    draw: st.DrawFn, spreads: tuple[str, ...], levels: int = 3, *, edges: bool = False, plain: bool = False
) -> str:
    """Names mean nothing, but that `node` stands in `edges`, and no description of the schema in another.

    Only these fragments are spread, so there is no cycle.
    """
    below = selection_sets(spreads, levels - 1, plain=plain) if levels else st.just("")
    directive = st.sampled_from(["", "", "", " @include(if: true)", " @skip(if: false) @include(if: true)"])
    lines = []
    kinds = ["leaf", "field", "inline", "edges", *["spread"] * bool(spreads), *["described"] * (not plain)]
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(kinds))
        alias = draw(st.sampled_from(["", "", "x: ", "y: "]))
        name = draw(st.sampled_from(["a", "b", "c"]))
        end = draw(directive)
        if kind == "spread":
            lines.append(f"...{draw(st.sampled_from(spreads))}{end}")
        elif kind == "leaf" or not levels:
            lines.append(f"{alias}{name}{end}")
        elif kind == "field":
            lines.append(f"{alias}{name}{end} {draw(below)}")
        elif kind == "inline":
            lines.append(f"...{draw(st.sampled_from(['', ' on T']))}{end} {draw(below)}")
        elif kind == "described":
            below_it = selection_sets(tuple(sorted({*spreads} & PLAIN)), levels - 1, plain=True)
            lines.append(f"{alias}{draw(st.sampled_from(['__schema', '__type']))}{end} {draw(below_it)}")
        else:
            lines.append(f"edges {draw(selection_sets((), levels - 1, edges=True, plain=plain))}")
    if edges:
        lines.append(f"... {{ node {draw(below) or '{ a }'} }}")
    return "{ " + " ".join(lines) + " }"


@st.composite
def documents(draw: st.DrawFn) -> str:
    names = tuple(f"f{i}" for i in range(draw(st.integers(0, FRAGMENTS))))
    parts = [f"query ($v: Int = 1 @d) {draw(selection_sets(names))}"]
    for i, name in enumerate(names):
        parts.append(f"fragment {name} on T @d {draw(selection_sets(names[i + 1 :], 2, plain=name in PLAIN))}")
    return "\n".join(parts)


def figure(check: Check, text: str, limit: str) -> int:
    """What a check finds, which it says where nothing is allowed."""
    document = parse(text)
    try:
        check(document, only(**{limit: 0}))
    except LimitError as error:
        found = error.found
    else:
        return 0
    check(document, only(**{limit: found}))
    with pytest.raises(LimitError):
        check(document, only(**{limit: found - 1}))
    return found


def depth(selections: SelectionSetNode | None, inside: str = "") -> int:
    """How deep fields stand, the schema's own description aside."""
    return max((_depth(node, inside) for node in fields(selections)), default=0)


def _depth(node: FieldNode, inside: str) -> int:
    name = node.name.value
    if name in ("__schema", "__type"):
        return 1
    return (not (name == "node" and inside == "edges")) + depth(node.selection_set, name)


def described(selections: SelectionSetNode | None) -> int:
    """How deep the deepest description of the schema is."""
    roots = [node for node in all_fields(selections) if node.name.value in ("__schema", "__type")]
    return max((1 + _plain_depth(node.selection_set) for node in roots), default=0)


def _plain_depth(selections: SelectionSetNode | None) -> int:
    return max((_depth_of_described(node) for node in fields(selections)), default=0)


def _depth_of_described(node: FieldNode) -> int:
    transparent = node.name.value == "node"
    return (not transparent) + _plain_depth(node.selection_set)


@examples(60)
@given(documents())
@example("{ edges { ...f0 } } fragment f0 on T { node { edges { ...f1 } } } fragment f1 on T { node { a } }")
def test_the_depth_is_that_of_the_document_with_its_fragments_written_out(text: str) -> None:
    assert figure(check_depth, text, "depth") == depth(operation_of(text))


@examples(60)
@given(documents())
def test_introspection_is_as_deep_as_with_its_fragments_written_out(text: str) -> None:
    found = figure(check_depth, text, "introspection_depth")
    assert found == described(operation_of(text))


@examples(60)
@given(documents())
def test_selections_aliases_and_root_fields_are_those_of_the_document_written_out(text: str) -> None:
    root = operation_of(text)
    everything = list(all_fields(root))
    assert figure(check_selections, text, "selections") == len(everything)
    assert figure(check_aliases, text, "aliases") == sum(node.alias is not None for node in everything)
    assert figure(check_root_fields, text, "root_fields") == len(list(fields(root)))


@examples(60)
@given(documents())
def test_directives_are_those_that_the_text_shows(text: str) -> None:
    assert figure(check_directives, text, "directives") == text.count("@")


def test_edges_and_the_node_in_them_are_one_step() -> None:
    assert figure(check_depth, "{ posts { edges { node { title } } } }", "depth") == 3
    assert figure(check_depth, "{ posts { nodes { title } } }", "depth") == 3
    assert figure(check_depth, "{ posts { edges { cursor } } }", "depth") == 3


def test_a_node_that_stands_in_no_edges_is_a_step() -> None:
    assert figure(check_depth, '{ node(id: "x") { id } }', "depth") == 2
