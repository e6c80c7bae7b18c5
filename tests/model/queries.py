"""Random valid queries over the whole schema: nesting, arguments, variables, aliases, fragments, @skip and @include.

A response name always stands for the same field with the same arguments, so that whatever is merged can be merged.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_leaf_type,
)
from hypothesis.strategies import SearchStrategy

from tests.model.arguments import Arguments
from tests.model.choices import Choices, made_by
from tests.model.pool import Pool
from tests.model.values import Values

Composite = GraphQLObjectType | GraphQLInterfaceType

DEEPEST = 6
WIDEST = 150
"""Below about so many rows of a level only their own columns are asked for."""
MOST_FIELDS = 80

NUMBERS_OF_ROWS = (1, 2, 3, 4, 5, 6, 8, 10)
"""How many fields are asked for of a row."""
NUMBERS_OF_PARTS = (1, 2, 3, 4)
"""How many of the root, of a connection, an edge."""

PARTS_OF_LISTS = ("edges", "nodes", "pageInfo")
NOT_IN_THE_MODEL = frozenset({"search", "rateLimit"})
MANY = ("Connection!", "]!")
"""The ends of the types of lists."""
TOLD_APART = frozenset({"body", "bodyHtml", "status"})
"""Fields whose types differ from type to type: but for a post's, they have names that no other type's have."""


@dataclass(frozen=True, slots=True)
class Query:
    text: str
    variables: dict[str, object]


def queries(schema: GraphQLSchema, pool: Pool) -> SearchStrategy[Query]:
    """Queries whose arguments come from the pool."""
    return made_by(lambda choices: random_query(choices, schema, pool))


def random_query(choices: Choices, schema: GraphQLSchema, pool: Pool) -> Query:
    """One query, by whoever chooses."""
    return _Writer(choices, schema, pool).query()


def post_fragments(schema: GraphQLSchema, pool: Pool) -> SearchStrategy[tuple[str, Query]]:
    """What may be asked of a post, as the fragment `Wanted`; and the declarations of its variables."""

    def write(choices: Choices) -> tuple[str, Query]:
        writer = _Writer(choices, schema, pool)
        post = schema.type_map["Post"]
        assert isinstance(post, GraphQLObjectType)
        wanted = f"fragment Wanted on Post {writer.selection(post, 3, 4)}"
        return writer.values.declared, Query("\n".join([wanted, *writer.fragments.values()]), writer.values.variables)

    return made_by(write)


@dataclass(slots=True)
class _Fragment:
    name: str
    type: Composite
    rows: int
    depth: int


@dataclass
class _Writer:
    choices: Choices
    schema: GraphQLSchema
    pool: Pool
    fragments: dict[str, str] = field(default_factory=dict)
    known_fragments: list[_Fragment] = field(default_factory=list)
    argument_texts: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    fields_left: int = MOST_FIELDS

    def __post_init__(self) -> None:
        self.arguments = Arguments(self.choices, self.pool)
        self.chance, self.pick = self.choices.chance, self.choices.pick
        self.values = Values(self.choices)

    def query(self) -> Query:
        assert self.schema.query_type is not None
        root = self.schema.query_type
        # Under one root all rows hang together; two could meet in the same row, or not, and need not ask twice.
        one = self.pool.plain
        body = f"{{ {self.field(root, DEEPEST, 1)} }}" if one else self.selection(root, DEEPEST, 1)
        return Query(
            "\n".join([f"query Random{self.values.declared} {body}", *self.fragments.values()]), self.values.variables
        )

    def selection(self, type_: Composite, depth: int, width: int) -> str:
        """A selection set; `depth` more levels of rows may follow, and `width` rows have it already."""
        at_root = type_ is self.schema.query_type
        number = self.pick(
            (1, 2, 3) if at_root else (3, 1, 2, 4, 5, 6, 8, 10) if "id" in type_.fields else (2, 1, 3, 4)
        )
        parts = [self.part(type_, depth, width) for _ in range(number)]
        return "{ " + " ".join(parts) + " }"

    def part(self, type_: Composite, depth: int, width: int) -> str:
        if self.chance(20):
            return "__typename"
        if self.fields_left > 0 and (
            self.chance(8) or (isinstance(type_, GraphQLInterfaceType) and not self.chance(5))
        ):
            return self.fragment(type_, depth, width)
        return self.field(type_, depth, width)

    def field(self, type_: Composite, depth: int, width: int) -> str:
        self.fields_left -= 1
        names = list(self.candidates(type_, depth, width))
        if not names:
            return "__typename"
        name = self.pick(names)
        definition = type_.fields[name]
        target = get_named_type(definition.type)
        text, rows = self.argument_text(type_.name, name, definition)
        response = self.response_name(type_.name if name in TOLD_APART and type_.name != "Post" else "", name, text)
        head = f"{'' if response == name else response + ': '}{name}{text}{self.values.directives()}"
        if not is_composite_type(target):
            return head
        assert isinstance(target, Composite)
        below = depth if name in PARTS_OF_LISTS or type_.name.endswith("Edge") else depth - 1
        return f"{head} {self.selection(target, below, width * rows)}"

    def candidates(self, type_: Composite, depth: int, width: int) -> Iterator[str]:
        """The fields that may still be asked for; those that lead on more often."""
        leads_on = depth > 0 and width < WIDEST and self.fields_left > 0
        for name, definition in type_.fields.items():
            if name in self.pool.without or name in NOT_IN_THE_MODEL:
                continue
            if is_leaf_type(get_named_type(definition.type)):
                yield name
            elif leads_on:
                often = 5 if str(definition.type).endswith(MANY) else 2
                yield from repeat(name, 1 if name == "revisions" else often)
            elif name == "pageInfo":
                yield name

    def argument_text(self, type_name: str, name: str, definition: GraphQLField) -> tuple[str, int]:
        """Arguments with their parentheses, sometimes those that the same field had before."""
        before = self.argument_texts.setdefault(f"{type_name}.{name}", [])
        if before and self.chance(2):
            return self.pick(before)
        values, rows = self.arguments.of(type_name, name, definition)
        texts = [f"{key}: {self.values.value(value, definition.args[key].type)}" for key, value in values.items()]
        text = f"({', '.join(texts)})" if texts else ""
        before.append((text, rows))
        return text, rows

    def response_name(self, prefix: str, name: str, text: str) -> str:
        texts = [one for one, _ in self.argument_texts.setdefault(f"={name}", [])]
        if text not in texts:
            self.argument_texts[f"={name}"].append((text, 0))
            texts.append(text)
        index = texts.index(text)
        if prefix or index > 0 or self.chance(6):
            return f"{prefix.lower()}_{name}_{index}"
        return name

    def fragment(self, type_: Composite, depth: int, width: int) -> str:
        self.fields_left -= 1
        fits = [f for f in self.known_fragments if f.depth <= depth and f.rows * width < WIDEST * 2]
        fits = [f for f in fits if self.overlap(f.type, type_)]
        if fits and self.chance(2):
            return f"...{self.pick(fits).name}{self.values.directives()}"
        condition = self.pick([one for one in self.conditions(type_) if self.overlap(one, type_)] or [type_])
        inside = self.selection(condition, depth, width)
        if self.chance(2):
            name = f"F{len(self.fragments)}"
            self.fragments[name] = f"fragment {name} on {condition.name} {inside}"
            self.known_fragments.append(_Fragment(name, condition, WIDEST // width, depth))
            return f"...{name}{self.values.directives()}"
        on = "" if condition is type_ and self.chance(2) else f" on {condition.name}"
        return f"...{on}{self.values.directives()} {inside}"

    def conditions(self, type_: Composite) -> list[Composite]:
        names = ("Post", "User", "Tag", "Comment", "Revision", *(() if type_.name == "Node" else ("Node",)))
        named = (self.schema.type_map[name] for name in names)
        return [one for one in named if isinstance(one, Composite)]

    def overlap(self, one: Composite, other: Composite) -> bool:
        if isinstance(one, GraphQLInterfaceType):
            return one is other or self.schema.is_sub_type(one, other)
        return one is other or (isinstance(other, GraphQLInterfaceType) and self.schema.is_sub_type(other, one))
