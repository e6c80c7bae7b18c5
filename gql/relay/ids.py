"""Opaque ids: which type, and which row (Relay's Global Object Identification specification)."""

from base64 import urlsafe_b64decode
from binascii import b2a_base64

from core.errors import BadInputError

LARGEST = 2**63 - 1
"""The largest id that a row can have."""


def encode_id(type_name: str, row_id: int) -> str:
    """The id by which clients know a row."""
    # Of letters, digits and a colon no plus and no slash is made, which addresses have other signs for.
    return b2a_base64(f"{type_name}:{row_id}".encode(), newline=False).decode("ascii").rstrip("=")


def decode_id(value: str, *argument: str | int) -> tuple[str, int]:
    """The type and row of an id that a client sent.

    Raises:
        BadInputError: it is no id of ours; `argument` is where it stood.

    """
    try:
        type_name, _, digits = (
            urlsafe_b64decode(value.encode("ascii") + b"=" * (-len(value) % 4)).decode().partition(":")
        )
        row_id = int(digits) if digits.isascii() and digits.isdigit() else 0
    except ValueError:
        type_name, row_id = "", 0
    if not 0 < row_id <= LARGEST or encode_id(type_name, row_id) != value:
        raise BadInputError("This is no id of this service.", argument)
    return type_name, row_id


def decode_id_of(type_name: str, value: str, *argument: str | int) -> int:
    """The row of an id that must be of one type.

    Raises:
        BadInputError: it is no id of ours, or of another type.

    """
    found, row_id = decode_id(value, *argument)
    if found != type_name:
        raise BadInputError(f"This is not the id of a {type_name}.", argument)
    return row_id
