from collections.abc import Callable

import pytest
from graphql import FieldNode, parse

from core.errors import ErrorCode, LimitError
from gql.documents.document import InvalidDocumentError
from gql.limits import copies as copies_module
from gql.limits.copies import check_copies
from gql.limits.walk import Fold, operations_of
from tests.limits.inlined import only, preparer

LEVELS = 25

Bomb = Callable[[int], str]


def bomb(start: str, step: str, end: str) -> Bomb:
    """Fragments each of which spreads the next one twice, as `step` says."""

    def of(levels: int) -> str:
        steps = " ".join(
            f"fragment f{i} on Post {{ " + step.replace("NEXT", f"...f{i + 1}") + " }" for i in range(levels)
        )
        return f"{start} {steps} fragment f{levels} on Post {{ {end} }}"

    return of


START = '{ post(by: {slug: "x"}) { ...f0 } }'
BOMBS = {
    "selections": bomb(START, "id NEXT NEXT", "id"),
    "only spreads": bomb(START, "NEXT NEXT", "id"),
    "aliases": bomb(START, "a: id b: id NEXT NEXT", "c: id"),
    "inline fragments": bomb(START, "id ... on Post { NEXT } ... { NEXT ... on Node { NEXT } }", "id"),
    "nested fields": bomb(START, "id next { NEXT } previous { NEXT }", "id"),
    "nested copies": bomb(START, "next { NEXT } next { NEXT }", "id"),
    "aliased nested fields": bomb(START, "a: next { NEXT } b: next { NEXT }", "id"),
    "directives": bomb(START, "id NEXT @include(if: true) NEXT @skip(if: false)", "id"),
}


def visits(text: str) -> int:
    """How often a fold looks at a field, or at selections side by side."""
    calls = 0

    def field(_node: FieldNode, below: int) -> int:
        nonlocal calls
        calls += 1
        return 1 + below

    def together(of: object) -> int:
        nonlocal calls
        calls += 1
        return sum(of)  # type: ignore[call-overload, no-any-return]

    document = parse(text)
    fold: Fold[int] = Fold(document, field, together)
    for operation in operations_of(document):
        fold.of(operation.selection_set)
    return calls


@pytest.mark.parametrize("shape", BOMBS.values(), ids=BOMBS)
def test_twice_the_fragments_are_twice_the_work(shape: Bomb) -> None:
    once, twice, thrice = visits(shape(LEVELS)), visits(shape(2 * LEVELS)), visits(shape(3 * LEVELS))
    assert twice - once == thrice - twice
    assert once < twice <= 2 * once


def test_a_fragment_is_folded_once_for_all_operations() -> None:
    body = "fragment f on Query { " + "__typename " * 100 + "}"
    assert visits("query a { ...f } query b { ...f } query c { ...f } " + body) <= 2 * 100 + 5


@pytest.mark.parametrize("shape", BOMBS.values(), ids=BOMBS)
def test_a_bomb_of_fragments_is_refused_by_its_figure(shape: Bomb) -> None:
    with pytest.raises(LimitError) as raised:
        preparer().prepare(shape(LEVELS))
    assert raised.value.code in (ErrorCode.QUERY_TOO_LARGE, ErrorCode.QUERY_TOO_DEEP)
    assert raised.value.found > raised.value.limit
    assert str(raised.value.limit) in raised.value.message


def test_figures_beyond_reason_are_not_written_out() -> None:
    with pytest.raises(LimitError) as raised:
        preparer().prepare(BOMBS["selections"](100))
    assert raised.value.found == 10**9
    assert len(raised.value.message) < 200


def spread_from(number: int) -> str:
    """One copy of a key from each of so many fragments."""
    spreads = " ".join(f"...f{i}" for i in range(number))
    return f"{{ posts {{ {spreads} }} }} " + " ".join(
        f"fragment f{i} on PostConnection {{ totalCount }}" for i in range(number)
    )


def nested_from(number: int) -> str:
    """The same, one level deeper, with every copy in a copy of the field above."""
    return "{ " + " ".join("posts { ... { nodes { id } } }" for _ in range(number)) + " }"


@pytest.mark.parametrize("text", [spread_from, nested_from])
def test_copies_of_a_key_are_counted_through_fragments(text: Bomb) -> None:
    limits = only(copies=50, errors=10)
    assert preparer(limits).prepare(text(50)).operations
    with pytest.raises(LimitError) as raised:
        preparer(limits).prepare(text(51))
    assert (raised.value.code, raised.value.limit, raised.value.found) == (ErrorCode.QUERY_TOO_LARGE, 50, 51)


def test_what_is_spread_twice_in_one_place_is_one_copy() -> None:
    text = "{ posts { " + "...f " * 100 + "} } fragment f on PostConnection { totalCount }"
    assert preparer().prepare(text).operations


def test_different_places_and_different_keys_are_no_copies() -> None:
    text = '{ post(by: {slug: "x"}) { id title next { id title } previous { id a: title } } }'
    check_copies(parse(text), only(copies=1))


@pytest.mark.parametrize("shape", BOMBS.values(), ids=BOMBS)
def test_copies_are_counted_in_no_more_steps_than_selections_are_allowed(
    shape: Bomb, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(copies_module, "check", lambda _code, found, *_: sizes.append(found))
    check_copies(parse(shape(LEVELS)), only(copies=1, selections=1_000))
    assert sum(sizes) <= 1_000 + LEVELS * 4


def copies_of(what: str, number: int) -> str:
    return " ".join([what] * number)


def chain(number: int, body: str) -> str:
    return " ".join(f"fragment f{i} on Query {{ {body.format(next=i + 1)} }}" for i in range(number))


WORST = {
    "one key": "{ " + copies_of("__typename", 1_990) + " }",
    "one key with arguments": "{ " + copies_of("posts(first: 1) { totalCount }", 199) + " }",
    "one key in an unused fragment": "{ __typename } fragment f on Query { " + copies_of("__typename", 1_980) + " }",
    "one key in a document without operations": "fragment f on Query { " + copies_of("__typename", 1_980) + " }",
    "an object in an unused fragment": "{ __typename } fragment f on Query {"
    + copies_of("posts{nodes{id}}", 270)
    + "}",
    "fragments side by side": "{ "
    + " ".join(f"...f{i}" for i in range(180))
    + " } "
    + " ".join(f"fragment f{i} on Query {{ __typename }}" for i in range(180)),
    "each fragment spreads all that follow": "{ ...f0 } "
    + " ".join(
        f"fragment f{i} on Query {{ __typename {' '.join(f'...f{j}' for j in range(i + 1, 45))} }}" for i in range(45)
    ),
    "unused fragments in a row": "{ __typename } " + chain(190, "...f{next} __typename"),
    "fragments that end nowhere": "{ ...f0 } " + chain(200, "...f{next}"),
    "copies in copies": "{ " + copies_of("posts { nodes { author { name } author { name } } }", 130) + " }",
    "variables": "query(" + " ".join(f"$v{i}: Int" for i in range(490)) + ") { __typename }",
    "one argument": "{ posts(" + copies_of("first: 1", 600) + ") { totalCount } }",
    "unknown fields": "{ " + " ".join(f"unknown{i}" for i in range(1_990)) + " }",
    "braces": "{ a " * 900 + "}" * 900,
    "brackets": "{ nodes(ids: " + "[" * 900 + "]" * 900 + ") { id } }",
    "list of ids": "{ nodes(ids: [" + copies_of('"x"', 1_980) + "]) { id } }",
}


@pytest.mark.parametrize("text", WORST.values(), ids=WORST)
def test_the_worst_documents_within_the_tokens_are_answered(text: str) -> None:
    try:
        figures = [len(preparer().prepare(text).operations)]
    except LimitError as error:
        figures = [error.found - error.limit]
    except InvalidDocumentError as error:
        figures = [len(error.errors), 11 - len(error.errors)]
    assert all(figure >= 1 for figure in figures)
