"""A response that is kept, in a process and in Redis."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Self

import orjson

_FORM = b"2\n"
"""The form of an entry in Redis; another one is no entry."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """The bytes of an answer, what it depends on, and from when it is."""

    body: bytes
    tags: frozenset[str]
    """With those of their kinds (`clock.with_kinds`)."""
    snapshot: str
    """Everything in it was read after this snapshot of PostgreSQL."""
    since: int
    """The look of this process that it is no older than."""
    etag: bytes
    shared: bool = False
    """Nothing in it depends on who asks: whoever asks the same may have it."""
    made_at: float = 0.0
    """Seconds since 1970, by the clock of the process that made it."""
    max_age: float | None = None
    """Seconds for which the schema lets it be kept; None: as long as it is true."""

    def age(self, now: float) -> float:
        """How many seconds old it is; a clock that was set back makes nothing younger than new."""
        return max(0.0, now - self.made_at)

    def left(self, now: float) -> float | None:
        """For how many seconds more it may be kept; None where nothing bounds that."""
        return None if self.max_age is None else self.max_age - self.age(now)

    def is_fresh(self, now: float) -> bool:
        """Whether it may be served still, if it is true."""
        return self.max_age is None or self.age(now) < self.max_age

    def packed(self) -> bytes:
        """As Redis keeps it."""
        terms = {"shared": self.shared, "made_at": self.made_at, "max_age": self.max_age}
        head = orjson.dumps({"snapshot": self.snapshot, "tags": sorted(self.tags), **terms})
        return b"".join((_FORM, head, b"\n", self.body))

    @classmethod
    def unpacked(cls, packed: bytes, key: str) -> Self | None:
        """What Redis kept; `since` is not known yet. None where it is no entry."""
        if not packed.startswith(_FORM):
            return None
        head, _, body = packed[len(_FORM) :].partition(b"\n")
        try:
            found = orjson.loads(head)
            terms = found["shared"] is True, float(found["made_at"]), found["max_age"]
            return cls(body, frozenset(found["tags"]), found["snapshot"], 0, etag_of(body, key), *terms)
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return None

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return len(self.body) + 100 * len(self.tags)


def etag_of(body: bytes, key: str) -> bytes:
    """A strong validator: of the content, and of the scope that the key begins with (RFC 9110, 8.8.3)."""
    scope = key.partition("/")[0]
    return b'"%s"' % sha256(scope.encode() + b"/" + body).hexdigest()[:32].encode()
