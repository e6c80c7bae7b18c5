"""A response that is kept, in a process and in Redis."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Self

import orjson

from db.position import Position
from gql.caching.terms import Terms

_FORM = b"3\n"
"""The form of an entry in Redis; another one is no entry."""


@dataclass(frozen=True, slots=True)
class Moment:
    """From when on something was read, by each of the clocks that know."""

    since: int = 0
    """A look of this process (`clock`)."""
    snapshot: str = ""
    """The snapshot of PostgreSQL that the look had."""
    epoch: str = ""
    """Under which Redis counted; empty where it was not asked."""
    count: int = 0
    """What it counted to (`watermark`)."""
    history: str = ""
    """That to which the snapshot belongs (`db.plane.HISTORY`)."""
    position: Position | None = None
    """Where the primary's log was, if replicas may be read, and the look was at PostgreSQL."""


@dataclass(slots=True, eq=False)
class Entry:
    """The bytes of an answer, what it depends on, and from when it is.

    Whoever finds that it still holds may move `since` and `count` on.
    """

    body: bytes
    tags: frozenset[str]
    """With those of their kinds (`clock.with_kinds`)."""
    since: int
    snapshot: str
    epoch: str
    count: int
    etag: bytes
    shared: bool = False
    """Nothing in it depends on who asks: whoever asks the same may have it."""
    made_at: float = 0.0
    """Seconds since 1970, by the clock of the process that made it."""
    max_age: float | None = None
    """Seconds for which the schema lets it be kept; None: as long as it is true."""
    deprecated: tuple[str, ...] = ()
    """What of the schema is deprecated that whoever asks for it uses."""
    operation: str | None = None
    """The name of the operation that it answers."""

    @classmethod
    def made(
        cls,
        key: str,
        body: bytes,
        tags: frozenset[str],
        moment: Moment,
        at: float,
        terms: Terms,
    ) -> Self:
        """What was read after that moment."""
        truth = tags, moment.since, moment.snapshot, moment.epoch, moment.count
        return cls(body, *truth, etag_of(body, key), terms.shared, at, terms.max_age, terms.deprecated, terms.operation)

    def age(self, now: float) -> float:
        """How many seconds old it is; a clock that was set back makes nothing younger than new."""
        return max(0.0, now - self.made_at)

    def left(self, now: float) -> float | None:
        """For how many seconds more it may be kept; None where nothing bounds that."""
        return None if self.max_age is None else self.max_age - self.age(now)

    def is_fresh(self, now: float) -> bool:
        """Whether it may be served still, if it is true."""
        return self.max_age is None or max(0.0, now - self.made_at) < self.max_age

    def packed(self) -> bytes:
        """As Redis keeps it."""
        truth = {"snapshot": self.snapshot, "epoch": self.epoch, "count": self.count, "tags": sorted(self.tags)}
        terms = {"shared": self.shared, "made_at": self.made_at, "max_age": self.max_age}
        used = {"deprecated": self.deprecated} if self.deprecated else {}
        named = {"operation": self.operation} if self.operation else {}
        return b"".join((_FORM, orjson.dumps({**truth, **terms, **used, **named}), b"\n", self.body))

    @classmethod
    def unpacked(cls, packed: bytes, key: str) -> Self | None:
        """What Redis kept; of which look it is, is not known yet. None where it is no entry."""
        if not packed.startswith(_FORM):
            return None
        head, _, body = packed[len(_FORM) :].partition(b"\n")
        try:
            found = orjson.loads(head)
            truth = frozenset(found["tags"]), 0, found["snapshot"], found["epoch"], found["count"]
            terms = found["shared"] is True, float(found["made_at"]), found["max_age"]
            return cls(
                body, *truth, etag_of(body, key), *terms, tuple(found.get("deprecated", ())), found.get("operation")
            )
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
