"""Values of arguments, as GraphQL text and as JSON."""

import json
from dataclasses import dataclass
from typing import Any


class Name(str):
    """The value of an enum: written without quotes."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Variable:
    name: str


def literal(value: Any) -> str:
    """The value as it stands in a document."""
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, Variable):
        return f"${value.name}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
