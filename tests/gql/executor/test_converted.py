"""Arguments that are filled with variables are those that graphql-core and Strawberry work out each time."""

from itertools import product
from typing import Any

import pytest
from graphql import FieldNode, GraphQLError
from graphql.execution.values import VariableValues

from gql.executor.arguments import Arguments, Converted
from gql.executor.marks import Mark, UnknownKindError, maker_of
from gql.executor.paths import declared_of
from gql.executor.run import Run
from gql.schema import build_schema
from tests.limits.inlined import preparer

SCHEMA = build_schema()
CORE = SCHEMA._schema

ABSENT = object()
FIELDS: dict[str, dict[str, list[Any]]] = {
    "post(by: {slug: $a})": {"a": ["one", "two", None, ABSENT]},
    "post(by: {id: $a, slug: $b})": {"a": ["one", None, ABSENT], "b": ["two", None, ABSENT]},
    "post(by: $a)": {"a": [{"slug": "one"}, {"id": "two"}]},
    "tag(slug: $a)": {"a": ["one", "two"]},
    "search(query: $a, first: $b, where: {tagsAny: [$a, $c], titleContains: $c})": {
        "a": ["one", "two"],
        "b": [1, None, ABSENT],
        "c": ["one", None, ABSENT],
    },
    "posts(first: $a, after: $b, where: {tagsAny: $c, status: [PUBLISHED]}, orderBy: {field: TITLE})": {
        "a": [1, 2, None, ABSENT],
        "b": ["one", None, ABSENT],
        "c": [["one"], ["one", "two"], [], None, ABSENT],
    },
    "posts(where: $a)": {"a": [{"tags_any": ["one"]}, {}, None, ABSENT]},
    "posts(orderBy: {field: $a, direction: $b})": {"a": ["x", "y", None, ABSENT], "b": ["z", None, ABSENT]},
    "users(role: [$a, $b, ADMIN])": {"a": ["x", None, ABSENT], "b": ["y", None, ABSENT]},
}


def _field(text: str) -> tuple[Arguments, Any]:
    name = text.partition("(")[0]
    operation: Any = preparer()._parse(f"{{ {text} {{ __typename }} }}", trusted=True).definitions[0]
    node = operation.selection_set.selections[0]
    assert isinstance(node, FieldNode)
    definition = CORE.query_type.fields[name]  # type: ignore[union-attr]
    return Arguments(definition, node, hide_suggestions=True), declared_of(definition)


def _told(converted: Converted, run: Run) -> Any:
    try:
        return converted.of(run)
    except GraphQLError as error:
        return error.message


@pytest.mark.parametrize("text", FIELDS)
def test_whatever_the_variables_are(text: str) -> None:
    arguments, declared = _field(text)
    kept = Converted(SCHEMA, declared, arguments)
    for values in list(product(*FIELDS[text].values())) * 2:
        given = {name: value for name, value in zip(FIELDS[text], values, strict=True) if value is not ABSENT}
        run = Run(None, VariableValues({}, given), lambda: None)  # type: ignore[arg-type, return-value]
        anew = Converted(SCHEMA, declared, arguments)
        anew._maker = lambda _: None  # type: ignore[method-assign, assignment]
        expected, found = _told(anew, run), _told(kept, run)
        assert found == expected
        assert repr(found) == repr(expected)  # None is not the same as what is absent


def test_the_usual_arguments_are_worked_out_once_for_each_pattern() -> None:
    for text in (
        "post(by: {slug: $a})",
        "tag(slug: $a)",
        "posts(first: $a, after: $b)",
        "users(role: [$a, $b, ADMIN])",
    ):
        arguments, declared = _field(text)
        kept, anew = Converted(SCHEMA, declared, arguments), 0
        under = arguments.under

        def counted(variables: VariableValues, under: Any = under) -> Any:
            nonlocal anew
            anew += 1
            return under(variables)

        arguments.under = counted  # type: ignore[method-assign]
        for n in range(5):
            values = {name: f"{name} {n}" for name in arguments.variables}
            kept.of(Run(None, VariableValues({}, values), lambda: None))  # type: ignore[arg-type, return-value]
        assert anew == 1, text


def test_patterns_are_remembered_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gql.executor.arguments.MOST_PATTERNS", 2)
    arguments, declared = _field("posts(first: $a, after: $b)")
    kept = Converted(SCHEMA, declared, arguments)
    for values in ({"a": 1}, {"b": "x"}, {"a": 1, "b": "x"}, {}):
        found = kept.of(Run(None, VariableValues({}, dict(values)), lambda: None))  # type: ignore[arg-type, return-value]
        assert found == {{"a": "first", "b": "after"}[name]: value for name, value in values.items()}
    assert len(kept._makers) == 2


def test_what_does_not_hold_all_marks_is_not_filled() -> None:
    for value in ({"x": 1}, {"x": {Mark("a")}}, {"x": Mark("b")}, [Mark("a"), Mark("a")]):
        with pytest.raises(UnknownKindError):
            maker_of(value, marks=["a"])
    assert maker_of({"x": [Mark("a"), {"y": Mark("b")}, 3]}, marks=["a", "b"])({"a": 1, "b": 2}) == {
        "x": [1, {"y": 2}, 3]
    }
