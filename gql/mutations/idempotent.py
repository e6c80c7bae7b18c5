"""The directive `@idempotent(key:)`: which request it marks, and as what it is known again."""

import hashlib
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any

import orjson
import strawberry
from graphql import StringValueNode, VariableNode
from strawberry.directive import DirectiveLocation, DirectiveValue

from core.errors import BadInputError
from gql.context import Info
from gql.text import is_storable

NAME = "idempotent"
LONGEST_KEY = 255


@strawberry.directive(
    locations=[DirectiveLocation.FIELD],
    name=NAME,
    description="Makes a mutation safe to retry. The same key with the same arguments, from the same account, within "
    "24 hours, answers with the first outcome and writes nothing; with other arguments it is IDEMPOTENCY_KEY_REUSED.",
)
def idempotent(
    value: DirectiveValue[Any], key: Annotated[str, strawberry.argument(description="Unlike any before.")]
) -> Any:
    """Declare it; `mutate` does what it says."""
    del key
    return value


@dataclass(frozen=True, slots=True)
class IdempotencyRequest:
    """A key, and a digest of what was asked under it."""

    key: str
    request_hash: bytes


def idempotency_of(info: Info, given: object) -> IdempotencyRequest | None:
    """The request of the field being resolved, whose input is `given`, if it has the directive.

    Raises:
        BadInputError: the key is empty, too long, or holds what no text can hold.

    """
    raw = info._raw_info  # noqa: SLF001 - the only way to the field's nodes
    node = raw.field_nodes[0]
    directive = next((one for one in node.directives or () if one.name.value == NAME), None)
    if directive is None:
        return None
    [argument] = directive.arguments or ()
    value = argument.value
    if isinstance(value, VariableNode):
        key = info.variable_values.get(value.name.value)
    else:
        assert isinstance(value, StringValueNode)
        key = value.value
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY or not is_storable(key):
        raise BadInputError(f"An idempotency key has 1 to {LONGEST_KEY} characters.", ["key"])
    return IdempotencyRequest(key, _digest(raw.field_name, given))


def _digest(mutation: str, given: object) -> bytes:
    try:
        asked = orjson.dumps([mutation, _plain(given)], option=orjson.OPT_SORT_KEYS)
    except TypeError:
        raise BadInputError("The input holds a character that no text here can hold.", ["input"]) from None
    return hashlib.sha256(asked).digest()


def _plain(value: Any) -> Any:
    """An input as what JSON can hold, without what was left out, and without what changes nothing."""
    if is_dataclass(value):
        given = {field.name: getattr(value, field.name) for field in fields(value)}
        given.pop("client_mutation_id", None)
        return {name: _plain(one) for name, one in given.items() if one is not strawberry.UNSET}
    return [_plain(one) for one in value] if isinstance(value, list) else value
