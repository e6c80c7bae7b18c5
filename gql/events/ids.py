"""Opaque ids of events: their places in the log, the same by whatever way an event comes."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated

import strawberry

from core.errors import BadInputError
from gql.given import ABSENT
from gql.relay.ids import LARGEST

AfterEvent = Annotated[
    str | None,
    strawberry.argument(
        description="The last event that was received: what came after it follows, if it is still known."
    ),
]
NO_EVENT = ABSENT


def encode_event_id(position: int) -> str:
    """The id of an event."""
    return urlsafe_b64encode(f"event:{position}".encode()).rstrip(b"=").decode()


def decode_event_id(value: str) -> int:
    """The place of an event.

    Raises:
        BadInputError: it is no id of an event.

    """
    try:
        kind, _, digits = urlsafe_b64decode(value.encode("ascii") + b"=" * (-len(value) % 4)).decode().partition(":")
        position = int(digits) if kind == "event" and digits.isascii() and digits.isdigit() else -1
    except ValueError:
        position = -1
    if not 0 <= position <= LARGEST or encode_event_id(position) != value:
        raise BadInputError("`afterEvent` is no id of an event.", ["afterEvent"])
    return position
