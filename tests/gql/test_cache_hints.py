"""`@cacheControl`: what it may say, and what it comes to for an operation."""

from enum import Enum
from typing import Annotated, Any

import pytest
import strawberry
from graphql import parse

from gql.caching.hint_rules import HintError, check_hints
from gql.caching.hints import Hint, HintModel
from gql.directives import CacheControl, CacheControlScope
from gql.schema import build_schema

PUBLIC, PRIVATE = CacheControlScope.PUBLIC, CacheControlScope.PRIVATE


def _hint(max_age: Any = strawberry.UNSET, scope: Any = strawberry.UNSET) -> CacheControl:
    return CacheControl(max_age=max_age, scope=scope)


def _field(*hints: CacheControl) -> Any:
    return strawberry.field(resolver=lambda: "x", directives=hints)


def _checked(query: type, **others: Any) -> None:
    check_hints(strawberry.Schema(query=query, **others)._schema)


def _query(*hints: CacheControl) -> type:
    @strawberry.type
    class Query:
        now: str = _field(*hints)

    return Query


@pytest.mark.parametrize(
    ("hints", "message"),
    [
        ([_hint(-1)], "Query.now: @cacheControl has a maxAge that cannot be: -1; it is between 0 and 2147483647."),
        ([_hint(2**31)], "Query.now: @cacheControl has a maxAge that cannot be: 2147483648; it is between"),
        ([_hint(1.5)], "Query.now: @cacheControl has a maxAge that is no whole number of seconds: 1.5."),
        ([_hint(True)], "Query.now: @cacheControl has a maxAge that is no whole number of seconds: True."),
        ([_hint(scope="PRIVATE")], "Query.now: @cacheControl has a scope that is none: 'PRIVATE'."),
        ([_hint()], "Query.now: @cacheControl says nothing: give it a maxAge, a scope, or both."),
        ([_hint(None)], "Query.now: @cacheControl says nothing"),
        ([_hint(5), _hint(6)], "Query.now: @cacheControl stands here more than once."),
    ],
)
def test_a_hint_that_cannot_be_fails_with_its_path(hints: list[CacheControl], message: str) -> None:
    with pytest.raises(HintError) as raised:
        _checked(_query(*hints))
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize("hint", [_hint(0), _hint(60), _hint(scope=PUBLIC), _hint(3600, PRIVATE), _hint(2**31 - 1)])
def test_a_hint_that_can_be_is_taken(hint: CacheControl) -> None:
    _checked(_query(hint))


@strawberry.type
class Made:
    title: str = "x"


@strawberry.type(directives=[_hint(60)])
class Hinted:
    title: str = "x"


@strawberry.type
class HintedInside:
    title: str = strawberry.field(resolver=lambda: "x", directives=[_hint(60)])


@strawberry.input(directives=[_hint(60)])
class Given:
    text: str


@strawberry.input
class Outer:
    text: str = strawberry.field(directives=[_hint(60)])


@strawberry.enum(directives=[_hint(60)])
class Choice(Enum):
    ONE = 1


@strawberry.enum
class Choices(Enum):
    ONE = strawberry.enum_value(1, directives=[_hint(60)])


def _mutation_giving(type_: Any, *hints: CacheControl) -> type:
    def make() -> Any:
        return type_()

    make.__annotations__["return"] = type_

    @strawberry.type
    class Mutation:
        make_it: type_ = strawberry.mutation(resolver=make, directives=hints)

    return Mutation


@pytest.mark.parametrize(
    ("mutation", "path"),
    [
        (_mutation_giving(Made, _hint(60)), "Mutation.makeIt"),
        (_mutation_giving(Hinted), "Hinted"),
        (_mutation_giving(HintedInside), "HintedInside.title"),
    ],
)
def test_what_only_mutations_give_takes_no_hint(mutation: type, path: str) -> None:
    with pytest.raises(HintError, match=f"^{path}: @cacheControl has no meaning here: no query reads it"):
        _checked(_query(), mutation=mutation)


def _query_taking(type_: Any, argument: Any = None) -> type:
    def resolve(given: Any) -> str:
        return str(given)

    resolve.__annotations__["given"] = Annotated[type_, argument] if argument else type_

    @strawberry.type
    class Query:
        now: str = strawberry.field(resolver=resolve)

    return Query


@pytest.mark.parametrize(
    ("query", "path"),
    [
        (_query_taking(Given), "Given"),
        (_query_taking(Outer), "Outer.text"),
        (_query_taking(Choice), "Choice"),
        (_query_taking(Choices), "Choices.ONE"),
        (_query_taking(str, strawberry.argument(directives=[_hint(60)])), r"Query.now\(given:\)"),
    ],
)
def test_what_is_given_takes_no_hint(query: type, path: str) -> None:
    with pytest.raises(HintError, match=f"^{path}: @cacheControl has no meaning here: it says how long"):
        _checked(query)


@strawberry.type(directives=[_hint(scope=PRIVATE)])
class Mine:
    title: str = "x"


@strawberry.type(directives=[_hint(scope=PRIVATE)])
class Partly:
    title: str = strawberry.field(resolver=lambda: "x", directives=[_hint(scope=PUBLIC)])


@strawberry.interface(directives=[_hint(scope=PRIVATE)])
class Above:
    title: str


@strawberry.type(directives=[_hint(scope=PUBLIC)])
class Below(Above):
    pass


@strawberry.interface
class Upper:
    title: str = strawberry.field(directives=[_hint(scope=PRIVATE)])


@strawberry.type
class Lower(Upper):
    title: str = strawberry.field(resolver=lambda: "x", directives=[_hint(scope=PUBLIC)])


_Either = Annotated[Mine | Made, strawberry.union("Either", directives=[_hint(scope=PUBLIC)])]


def _query_giving(type_: Any, *hints: CacheControl) -> type:
    def give() -> Any:
        return None

    give.__annotations__["return"] = type_ | None if isinstance(type_, type) else type_

    @strawberry.type
    class Query:
        it: Any = strawberry.field(resolver=give, directives=hints, graphql_type=give.__annotations__["return"])

    return Query


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (_query_giving(Mine, _hint(scope=PUBLIC)), "Query.it: .*is PUBLIC, and Mine, that it gives, is PRIVATE"),
        (_query_giving(Partly), "Partly.title: .*and Partly, that it is of, is PRIVATE"),
        (_query_giving(Below), "Below: .*is PUBLIC, and its interface Above is PRIVATE"),
        (_query_giving(Lower), "Lower.title: .*is PUBLIC, and Upper.title is PRIVATE"),
        (_query_giving(_Either), "Either: .*is PUBLIC, and Mine in it is PRIVATE"),
    ],
)
def test_nothing_is_public_inside_of_what_is_private(query: type, message: str) -> None:
    with pytest.raises(HintError, match=f"^{message}"):
        _checked(query)


def _who(info: strawberry.Info[Any, Any]) -> str:
    return str(info.context.viewer.user_id)


@pytest.mark.parametrize("scope", [PUBLIC, PRIVATE])
def test_what_looks_at_the_viewer_is_not_public(scope: CacheControlScope) -> None:
    @strawberry.type
    class Query:
        who: str = strawberry.field(resolver=_who, directives=[_hint(60, scope)])

    if scope is PRIVATE:
        _checked(Query)
        return
    with pytest.raises(HintError, match=r"^Query\.who: @cacheControl is PUBLIC, and its resolver looks at the viewer"):
        _checked(Query)


FRAGMENTS = """{ ...A }
    fragment A on Query { tags { nodes { ...T } } viewer { ...V } } fragment T on Tag { name }
    fragment V on Viewer { email }"""


@pytest.mark.parametrize(
    ("query", "found", "hint"),
    [
        ("{ posts { nodes { title } } }", (), Hint(3600)),
        ("{ posts { totalCount } }", (), Hint()),
        ("{ __typename __schema { types { name } } }", (), Hint()),
        ("{ viewer { id } }", (), Hint(0, private=True)),
        (FRAGMENTS, (), Hint(0, private=True)),
        ('{ node(id: "x") { id } }', (), Hint()),
        ('{ node(id: "x") { id } }', ("Post",), Hint(3600)),
        ('{ node(id: "x") { id } }', ("Post", "Viewer"), Hint(0, private=True)),
        ('{ node(id: "x") { ... on Session { current } } }', (), Hint(0, private=True)),
        ('{ node(id: "x") { ... on Node { ... { id } } } }', (), Hint()),
        ("query ($a: Boolean!) { tags { totalCount } viewer @skip(if: $a) { id } }", (), Hint(0, private=True)),
    ],
)
def test_the_lowest_age_and_the_narrowest_scope_win(query: str, found: tuple[str, ...], hint: Hint) -> None:
    document = parse(query)
    assert HintModel(build_schema()._schema).of(document, document.definitions[0], found) == hint  # type: ignore[arg-type]
