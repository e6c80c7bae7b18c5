"""Changes of a small schema, each with what the gate must say of it."""

from dataclasses import dataclass
from datetime import date

TODAY = date(2026, 11, 21)

BASE = """
directive @oneOf on INPUT_OBJECT

directive @shout(
  loud: Boolean
  old: Boolean @deprecated(reason: "Use loud; removed after 2026-06-01.")
) on FIELD

type Query {
  post(by: PostBy!, format: String = "html"): Post
  posts(
    first: Int = 20, order: Order, where: Filter
    page: Int @deprecated(reason: "Use after; removed after 2026-06-01.")
  ): [Post!]!
  node(id: ID!): Node
  found: [Found!]!
}

interface Node {
  id: ID!
}

type Post implements Node {
  id: ID!
  title: String!
  note: String
  subtitle: String @deprecated(reason: "Use title; removed after 2026-06-01.")
  layout: Layout @deprecated(reason: "Use title; removed after 2026-06-01.")
  views: Int @deprecated(reason: "Counted elsewhere; removed after 2027-06-01.")
  today: Int @deprecated(reason: "removed after 2026-11-21")
  undated: Int @deprecated(reason: "No more.")
}

type Layout {
  columns: Columns
}

enum Columns {
  ONE
  TWO
}

type Tag {
  name: String!
}

union Found = Post | Tag

enum Order {
  NEWEST
  OLDEST
  LOUDEST @deprecated(reason: "Use NEWEST; removed after 2026-06-01.")
}

input PostBy @oneOf {
  id: ID
  slug: String
}

input Filter {
  title: String
  limit: Int = 10
  shout: Boolean @deprecated(reason: "Use title; removed after 2026-06-01.")
}
"""
"""`undated` stands for a release before there was a gate."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A change of the text, and the kinds of faults that it has; none where it may be released."""

    name: str
    changes: tuple[tuple[str, str], ...]
    kinds: tuple[str, ...] = ()

    @property
    def new(self) -> str:
        """The schema after the change."""
        text = BASE
        for before, after in self.changes:
            assert text.count(before) == 1, before
            text = text.replace(before, after)
        # So that only what is changed is found, and not the reason that was always bad.
        return text.replace('"No more."', '"No more; removed after 2028-01-01."')


def _pair(name: str, *kinds: str, **changes: str) -> Pair:
    return Pair(
        name, tuple((changes[f"old{end}"], changes[f"new{end}"]) for end in ("", "2") if f"old{end}" in changes), kinds
    )


SUBTITLE = '  subtitle: String @deprecated(reason: "Use title; removed after 2026-06-01.")\n'
VIEWS = '  views: Int @deprecated(reason: "Counted elsewhere; removed after 2027-06-01.")\n'
LAYOUT = '  layout: Layout @deprecated(reason: "Use title; removed after 2026-06-01.")\n'
LAYOUT_TYPES = "type Layout {\n  columns: Columns\n}\n\nenum Columns {\n  ONE\n  TWO\n}\n"

PAIRS = [
    _pair("nothing is changed"),
    # What was announced, and is due.
    _pair("a field whose date has passed is gone", old=SUBTITLE, new=""),
    _pair(
        "an argument whose date has passed is gone",
        old='    page: Int @deprecated(reason: "Use after; removed after 2026-06-01.")\n',
        new="",
    ),
    _pair(
        "a value of an enum whose date has passed is gone",
        old='  LOUDEST @deprecated(reason: "Use NEWEST; removed after 2026-06-01.")\n',
        new="",
    ),
    _pair(
        "a field of an input whose date has passed is gone",
        old='  shout: Boolean @deprecated(reason: "Use title; removed after 2026-06-01.")\n',
        new="",
    ),
    _pair("a type is gone with the last field that led to it", old=LAYOUT, new="", old2=LAYOUT_TYPES, new2=""),
    _pair(
        "an argument of a directive whose date has passed is gone",
        old='  old: Boolean @deprecated(reason: "Use loud; removed after 2026-06-01.")\n',
        new="",
    ),
    # What was not, or not yet.
    _pair("an argument of a directive is gone", "DIRECTIVE_ARG_REMOVED", old="  loud: Boolean\n", new=""),
    _pair("a place of a directive is gone", "DIRECTIVE_LOCATION_REMOVED", old="on FIELD\n", new="on QUERY\n"),
    _pair("a field is gone", "FIELD_REMOVED", old="  note: String\n", new=""),
    _pair("a field is gone before its date", "FIELD_REMOVED", old=VIEWS, new=""),
    _pair(
        "a field is gone on its last day",
        "FIELD_REMOVED",
        old='  today: Int @deprecated(reason: "removed after 2026-11-21")\n',
        new="",
    ),
    _pair(
        "a field is gone that had no date",
        "FIELD_REMOVED",
        old='  undated: Int @deprecated(reason: "No more.")\n',
        new="",
    ),
    _pair(
        "a type is gone that something leads to",
        "TYPE_REMOVED",
        "FIELD_CHANGED_KIND",
        old="layout: Layout",
        new="layout: String",
        old2=LAYOUT_TYPES,
        new2="",
    ),
    _pair("a field is renamed", "FIELD_REMOVED", old="  title: String!\n", new="  heading: String!\n"),
    _pair("an argument is gone", "ARG_REMOVED", old=', format: String = "html"', new=""),
    _pair("a value of an enum is gone", "VALUE_REMOVED_FROM_ENUM", old="  OLDEST\n", new=""),
    _pair("a field of an input is gone", "FIELD_REMOVED", old="  limit: Int = 10\n", new=""),
    _pair("a type is gone from a union", "TYPE_REMOVED_FROM_UNION", old="Post | Tag", new="Post"),
    _pair("an interface is gone from a type", "IMPLEMENTED_INTERFACE_REMOVED", old=" implements Node", new=""),
    # What is narrower.
    _pair("a field may be null", "FIELD_CHANGED_KIND", old="title: String!", new="title: String"),
    _pair("a field is of another type", "FIELD_CHANGED_KIND", old="note: String", new="note: Int"),
    _pair("an argument is needed", "ARG_CHANGED_KIND", old="order: Order", new="order: Order!"),
    _pair("a new argument is needed", "REQUIRED_ARG_ADDED", old="order: Order", new="order: Order, kind: ID!"),
    _pair("a field of an input is needed", "FIELD_CHANGED_KIND", old="  limit: Int = 10", new="  limit: Int! = 10"),
    _pair(
        "a new field of an input is needed",
        "REQUIRED_INPUT_FIELD_ADDED",
        old="limit: Int",
        new="kind: ID!\n  limit: Int",
    ),
    _pair("an input takes one field at a time", "ONE_OF_ADDED", old="input Filter {", new="input Filter @oneOf {"),
    _pair(
        "a type is of another kind",
        "TYPE_CHANGED_KIND",
        old="enum Order {",
        new="enum Gone {",
        old2="type Tag {",
        new2="scalar Order\n\ntype Tag {",
    ),
    # What means something else.
    _pair("a default is another", "ARG_DEFAULT_VALUE_CHANGE", old="first: Int = 20", new="first: Int = 10"),
    _pair(
        "a default of an input is another",
        "INPUT_FIELD_DEFAULT_VALUE_CHANGE",
        old="limit: Int = 10",
        new="limit: Int = 5",
    ),
    # What is new.
    _pair("a field is new", old="  note: String\n", new="  note: String\n  more: String\n"),
    _pair("an optional argument is new", old="order: Order", new="order: Order, kind: ID"),
    _pair("an optional field of an input is new", old="limit: Int", new="kind: ID\n  limit: Int"),
    _pair("a value of an enum is new", old="  OLDEST\n", new="  OLDEST\n  LONGEST\n"),
    _pair("a type in a union is new", old="Post | Tag", new="Post | Tag | Layout"),
    _pair("a type is new", old="type Tag {", new="type Other {\n  id: ID\n}\n\ntype Tag {"),
    _pair("a field is never null any more", old="note: String", new="note: String!"),
    _pair("an argument is needed no more", old="by: PostBy!", new="by: PostBy"),
    _pair(
        "a field is deprecated with a date",
        old="note: String",
        new='note: String @deprecated(reason: "Use title; removed after 2027-12-01.")',
    ),
    _pair("a date is put off", old="removed after 2027-06-01", new="removed after 2027-09-01"),
    # Deprecations that nobody can plan with.
    _pair(
        "a field is deprecated without a date",
        "NO_DATE",
        old="note: String",
        new='note: String @deprecated(reason: "Use title.")',
    ),
    _pair("a field is deprecated without a reason", "NO_DATE", old="note: String", new="note: String @deprecated"),
    _pair(
        "a date is none",
        "NO_DATE",
        old="note: String",
        new='note: String @deprecated(reason: "Use title; removed after 2027-13-01.")',
    ),
    _pair("a date is moved forward", "EARLIER", old="removed after 2027-06-01", new="removed after 2026-06-01"),
]
