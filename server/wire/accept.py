"""Which media type an answer gets, by the `Accept` header (RFC 9110, 12.5.1; GraphQL over HTTP, Media Types)."""

from collections.abc import Iterable, Mapping
from enum import Enum
from functools import lru_cache


class Media(Enum):
    """The media types of answers; in `JSON`, a request that is well-formed is answered 200 whatever comes of it."""

    RESPONSE = b"application/graphql-response+json; charset=utf-8"
    JSON = b"application/json; charset=utf-8"


_OFFERED = ((Media.JSON, "application/json"), (Media.RESPONSE, "application/graphql-response+json"))


def accept_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """What a request's `Accept` says: several of them are one list."""
    found = b""
    for name, value in headers:
        if name == b"accept":
            found = found + b"," + value if found else value
    return found.decode("latin-1")


@lru_cache(maxsize=256)
def negotiate(accept: str) -> Media | None:
    """The media type that a client likes best; None if it takes neither.

    Without a header, and where a client likes both the same, it is the one that is named, and else JSON, which every
    client reads.
    """
    if not accept.strip():
        return Media.JSON
    ranges: dict[str, float] = {}
    for name, quality in (_range(item) for item in accept.split(",") if item.strip()):
        ranges[name] = max(quality, ranges.get(name, 0.0))
    liked = [(_quality(ranges, name), name in ranges, media) for media, name in _OFFERED]
    best, _, media = max(liked, key=lambda one: one[:2])
    return media if best > 0 else None


def _quality(ranges: Mapping[str, float], name: str) -> float:
    """What the most specific range says that covers the name."""
    return next((ranges[one] for one in (name, "application/*", "*/*") if one in ranges), 0.0)


def _range(item: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in item.split(";"))
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 0.0
            quality = quality if 0 <= quality <= 1 else 0.0
        elif key == "charset" and value.strip('"') not in ("utf-8", "utf8"):
            quality = 0.0
    return name, quality
