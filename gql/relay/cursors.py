"""Opaque cursors: a place in a list, as the sort key of the row that stood there.

A cursor carries what the list was ordered by, and is refused by a list in another order.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from core.errors import BadInputError
from db.pages import SortKey
from gql.relay.ids import LARGEST
from gql.text import is_storable


def _time(value: object) -> datetime:
    if not isinstance(value, str):
        raise TypeError
    return datetime.fromisoformat(value).astimezone(UTC)


def _text(value: object) -> str:
    if not isinstance(value, str) or not is_storable(value):
        raise TypeError
    return value


def _score(value: object) -> float:
    if not isinstance(value, float):
        raise TypeError
    return value


def _version(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value < 2**31:
        raise TypeError
    return value


_READERS: Mapping[str, Callable[[object], Any]] = {
    "PUBLISHED_AT": _time,
    "UPDATED_AT": _time,
    "CREATED_AT": _time,
    "TITLE": _text,
    "SCORE": _score,
    "USERNAME": _text,
    "TAG_NAME": _text,
    "COMMENTED_AT": _time,
    "VERSION": _version,
}


def encode_cursor(order: str, key: SortKey) -> str:
    """The cursor of a row in a list of this order."""
    return urlsafe_b64encode(orjson.dumps((order, *key))).rstrip(b"=").decode()


def decode_cursor(order: str, value: str, argument: str) -> SortKey:
    """The place that a cursor stands for.

    Raises:
        BadInputError: it is no cursor of ours, or of a list in another order.

    """
    try:
        found, sort, row_id = orjson.loads(urlsafe_b64decode(value.encode("ascii") + b"=" * (-len(value) % 4)))
        if found == order and type(row_id) is int and 0 < row_id <= LARGEST:
            return _READERS[order](sort), row_id
    except (ValueError, TypeError, OverflowError):
        pass
    raise BadInputError(f"`{argument}` is no cursor of a list in this order.", [argument])
