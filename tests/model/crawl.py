"""Everything that a schema offers, as one selection so many levels deep, whatever types it may have."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, get_named_type, is_leaf_type

ANY_STATUS = "where: {status: [DRAFT, PUBLISHED, ARCHIVED]}"
PARTS_OF_LISTS = frozenset({"edges", "nodes", "node", "pageInfo", "highlights"})


class Crawler:
    """Writes selections, and remembers which fields it has asked for."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.asked: set[str] = set()

    def selection(self, type_: Any, levels: int) -> str:
        """All fields of a type; rows that hang from its rows down to `levels` levels."""
        if isinstance(type_, GraphQLInterfaceType):
            below = (self.selection(one, levels) for one in self.schema.get_possible_types(type_))
            kinds = self.schema.get_possible_types(type_)
            return "{ __typename " + " ".join(f"... on {k.name} {s}" for k, s in zip(kinds, below, strict=True)) + " }"
        assert isinstance(type_, GraphQLObjectType)
        fields = (self.field(type_, name, field, levels) for name, field in type_.fields.items())
        return "{ __typename " + " ".join(text for text in fields if text) + " }"

    def field(self, type_: GraphQLObjectType, name: str, field: GraphQLField, levels: int) -> str:
        target = get_named_type(field.type)
        head = self.head(type_, name, field)
        if is_leaf_type(target):
            return head
        part = name in PARTS_OF_LISTS
        if levels == 0 and not part:
            return ""
        # Edges hold the same rows as nodes: their own children need no second look.
        below = 0 if type_.name.endswith("Edge") else levels if part else levels - 1
        self.asked.add(f"{type_.name}.{name}")
        return f"{head} {self.selection(target, below)}"

    def head(self, type_: GraphQLObjectType, name: str, field: GraphQLField) -> str:
        self.asked.add(f"{type_.name}.{name}")
        arguments = ["first: 100"] if "first" in field.args else []
        if "where" in field.args:
            arguments.append(ANY_STATUS)
        # The same name has other types elsewhere.
        alias = f"{type_.name}_{name}: " if name in ("body", "bodyHtml", "status") else ""
        return f"{alias}{name}" + (f"({', '.join(arguments)})" if arguments else "")


def rows_of(answer: Any) -> Iterator[dict[str, Any]]:
    """Every object in an answer, at any depth."""
    if isinstance(answer, dict):
        yield answer
    for inner in answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else ():
        yield from rows_of(inner)


def texts_of(answer: Any) -> Iterator[str]:
    """Every text in an answer, at any depth, and what it stands for where it is an opaque id or cursor."""
    if isinstance(answer, str):
        yield answer
        try:
            yield base64.urlsafe_b64decode(answer + "=" * (-len(answer) % 4)).decode()
        except (binascii.Error, ValueError):
            return
    for inner in answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else ():
        yield from texts_of(inner)
