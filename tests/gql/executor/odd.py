"""A schema of corner cases, whose resolvers do by chance whatever a resolver can do; and random operations over it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

SDL = """
scalar Strange
enum Colour { RED GREEN }
input Given { number: Int = 3, names: [String!] }
interface Thing { id: ID! name: String thing: Thing things(first: Int = 2): [Thing!] either: Either! differs: Int }
type One implements Thing {
  id: ID! name: String thing: One things(first: Int = 2): [One!] either: Either! differs: Int!
  strange: Strange! rows: [[Thing]!]
}
type Two implements Thing {
  id: ID! name: String thing: Two things(first: Int = 2): [Two!] either: Either! differs: Int
  colour: Colour! numbers: [Int!]
}
union Either = One | Two
type Query {
  thing: Thing! one: One two: Two! either: Either eithers: [Either!] things(first: Int = 2): [Thing]!
  matrix: [[Int!]]! cube: [[[Thing!]]!] strange: Strange stranges: [Strange!] colours: [Colour]
  number: Int! text(of: String = "x", given: Given, needed: Int! = 1): String again: Query
}
type Mutation {
  first: One second(of: Int): Two third: Thing! numbers: [Int!] name: String! maybe(of: String): Int
}
"""


class Plain:
    """What stands for an object of a type; its class tells which."""

    def __init__(self, id_: str) -> None:
        self.id = id_


class One(Plain):
    pass


class Two(Plain):
    pass


class Neither(Plain):
    pass


class OddError(Exception):
    pass


@dataclass
class Odd:
    """The context: what chance is made of, and in which order root fields of mutations began and ended."""

    seed: int
    order: list[str] = field(default_factory=list)


def _serialized(value: Any) -> Any:
    if value == 1:
        raise OddError("a scalar does not like 1")
    return None if value == 2 else {"strange": value}


def odd_schema() -> GraphQLSchema:
    schema = build_schema(SDL)
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for one in type_.fields.values():
                one.resolve = resolved
        elif isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            type_.resolve_type = _type_name
        elif isinstance(type_, GraphQLScalarType) and type_.name == "Strange":
            type_.coerce_output_value = _serialized
    two = schema.type_map["Two"]
    assert isinstance(two, GraphQLObjectType)
    two.is_type_of = lambda value, _info: isinstance(value, Two)
    return schema


def _type_name(value: Any, _info: object, _type: object) -> str:
    return type(value).__name__


def resolved(source: Any, info: GraphQLResolveInfo[Any], **given: Any) -> Any:
    """Any of what a resolver may answer; the same for the same parent, field and arguments."""
    odd, parent = info.context, getattr(source, "id", "")
    name = f"{parent}.{info.field_name}{sorted(given.items())}"
    random = Random(f"{odd.seed} {info.parent_type.name}{name}")
    calm = (5, 40, 400)[odd.seed % 3]
    value = _some(info.return_type, random, name, calm)
    if info.parent_type.name == "Mutation":
        return _noted(value, odd, str(info.path.key))
    if random.randrange(calm) == 0:
        raise OddError(f"no {info.field_name}")
    return value


async def _noted(value: Any, odd: Odd, key: str) -> Any:
    odd.order.append(f"{key} begins")
    await asyncio.sleep(0)
    odd.order.append(f"{key} ends")
    return await value if asyncio.iscoroutine(value) else value


def _some(type_: Any, random: Random, name: str, calm: int) -> Any:
    nullable = not is_non_null_type(type_)
    type_ = type_ if nullable else type_.of_type
    kind = random.randrange(calm * (1 if nullable else 3))
    if kind == 0:
        return None
    if kind == 1:
        return OddError(f"returned for {name}")
    if kind == 2:
        return _failing(name)
    value = _list(type_, random, name, calm) if is_list_type(type_) else _one(type_, random, name, calm)
    return _late(value) if random.randrange(4) == 0 else value


def _list(type_: Any, random: Random, name: str, calm: int) -> Any:
    if random.randrange(calm * 2) == 0:
        return 7
    items = [_some(type_.of_type, random, f"{name}.{index}", calm) for index in range(random.randrange(4))]
    forms: tuple[Callable[[list[Any]], Any], ...] = (list, list, list, tuple, _generated, _streamed)
    return random.choice(forms)(items)


def _one(type_: Any, random: Random, name: str, calm: int) -> Any:
    named = type_.name
    if named in ("Thing", "Either", "One", "Two"):
        wrong = random.randrange(calm * 3) == 0
        fits: Any = {"One": (One,), "Two": (Two,)}.get(named, (One, Two))
        return (Neither if wrong else random.choice(fits))(name)
    if named in ("Query", "Mutation"):
        return Plain(name)
    if isinstance(type_, GraphQLEnumType):
        return random.choice(("RED", "GREEN", "RED", "BLUE" if random.randrange(calm) == 0 else "GREEN"))
    if named == "Strange":
        return random.randrange(1, calm * 2)
    if named == "Int":
        return 2**31 if random.randrange(calm * 2) == 0 else random.randrange(9)
    return name


async def _failing(name: str) -> None:
    await asyncio.sleep(0)
    raise OddError(f"awaited for {name}")


async def _late(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


def _generated(items: list[Any]) -> Iterator[Any]:
    yield from items


async def _streamed(items: list[Any]) -> AsyncIterator[Any]:
    for item in items:
        yield item


@dataclass(frozen=True, slots=True)
class Operation:
    text: str
    variables: list[dict[str, Any]]


def random_operation(schema: GraphQLSchema, kind: str, seed: int) -> Operation:
    """An operation, and several sets of variables for it."""
    return _Writer(schema, Random(f"operation {seed}")).operation(kind)


class _Writer:
    def __init__(self, schema: GraphQLSchema, random: Random) -> None:
        self.schema, self.random = schema, random
        self.left = 40
        self.fragments: list[str] = []

    def operation(self, kind: str) -> Operation:
        root = self.schema.type_map[kind.capitalize()]
        body = self.selection(root, 4, 2 + self.random.randrange(5))
        text = f"{kind} ($yes: Boolean!, $no: Boolean = false, $n: Int, $s: String) {body} {' '.join(self.fragments)}"
        # All variables are used, whatever was chosen; and no condition decides about this one.
        used = "...Used"
        text = text.replace("{", "{ " + used, 1)
        text += f" fragment Used on {kind.capitalize()} {{ __typename @skip(if: $no) @include(if: $yes) {USES[kind]} }}"
        return Operation(text, [{"yes": True}, {"yes": False, "n": 1}, {"yes": True, "no": True, "s": None}])

    def selection(self, type_: Any, depth: int, number: int) -> str:
        return "{ " + " ".join(self.part(type_, depth) for _ in range(number)) + " }"

    def part(self, type_: Any, depth: int) -> str:
        self.left -= 1
        chance = self.random.randrange(10)
        if chance == 0 or isinstance(type_, GraphQLUnionType):
            of = self.random.choice(self.types(type_))
            inside = self.selection(of, depth, 1 + self.random.randrange(3))
            if self.random.randrange(2):
                return f"... on {of.name}{self.condition()} {inside}"
            name = f"F{len(self.fragments)}"
            self.fragments.append("")
            self.fragments[int(name[1:])] = f"fragment {name} on {of.name} {inside}"
            return f"...{name}{self.condition()}"
        if chance == 1 or (depth == 0 and not any(is_leaf_type(get_named_type(f.type)) for f in type_.fields.values())):
            return "__typename"
        names = [
            name
            for name, one in type_.fields.items()
            if (depth and self.left > 0) or is_leaf_type(get_named_type(one.type))
        ]
        if not names:
            return "__typename"
        name = self.random.choice(names)
        if name == "differs" and self.random.randrange(4):
            name = "id"
        definition = type_.fields[name]
        given = self.arguments(name, definition)
        # What is merged has one meaning: an alias names the type and the arguments, too.
        mark = f"{type_.name}_{name}_{sum(map(ord, given))}: " if given or type_.name in ("One", "Two") else ""
        if not mark and self.random.randrange(4) == 0:
            mark = f"again_{type_.name}_{name}: "
        named = get_named_type(definition.type)
        below = "" if is_leaf_type(named) else " " + self.selection(named, depth - 1, 1 + self.random.randrange(3))
        return f"{mark}{name}{given}{self.condition()}{below}"

    def types(self, type_: Any) -> list[Any]:
        if isinstance(type_, GraphQLObjectType):
            return [type_]
        return [*self.schema.get_possible_types(type_)]

    def condition(self) -> str:
        forms = ("", "", "", "", " @skip(if: $no)", " @include(if: $yes)", " @skip(if: $yes)", " @include(if: true)")
        return self.random.choice(forms)

    def arguments(self, name: str, definition: Any) -> str:
        if name == "text":
            forms = ["", '(of: "y")', "(of: $s)", "(needed: $n)", '(given: {number: $n, names: ["a"]})', "(of: null)"]
        elif definition.args:
            [(key, one)] = definition.args.items()
            text, variable = ("3", "$n") if one.type is GraphQLInt else ('"y"', "$s")
            forms = ["", f"({key}: {text})", f"({key}: {variable})"]
        else:
            forms = [""]
        return self.random.choice(forms)


USES = {
    "query": "used: text(of: $s) usedToo: things(first: $n) { id }",
    "mutation": "used: second(of: $n) { colour } kept: maybe(of: $s) @include(if: $yes) third { name @skip(if: $no) "
    "...on One { things { id } } } ...on Mutation { __typename } ",
}
