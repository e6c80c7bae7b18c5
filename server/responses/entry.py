"""A response that is kept, in a process and in Redis."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Self

import orjson

_FORM = b"2\n"
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

    @classmethod
    def made(cls, key: str, body: bytes, tags: frozenset[str], moment: Moment) -> Self:
        """What was read after that moment."""
        etag = etag_of(body, key)
        return cls(body, tags, moment.since, moment.snapshot, moment.epoch, moment.count, etag)

    def packed(self) -> bytes:
        """As Redis keeps it."""
        head = {"snapshot": self.snapshot, "epoch": self.epoch, "count": self.count, "tags": sorted(self.tags)}
        return b"".join((_FORM, orjson.dumps(head), b"\n", self.body))

    @classmethod
    def unpacked(cls, packed: bytes, key: str) -> Self | None:
        """What Redis kept, of which no look is known yet. None where it is no entry."""
        if not packed.startswith(_FORM):
            return None
        head, _, body = packed[len(_FORM) :].partition(b"\n")
        try:
            found = orjson.loads(head)
            moment = Moment(0, found["snapshot"], found["epoch"], found["count"])
            return cls.made(key, body, frozenset(found["tags"]), moment)
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return None

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return len(self.body) + 100 * len(self.tags)


def etag_of(body: bytes, key: str) -> bytes:
    """A strong validator: of the content, and of the scope that the key begins with (RFC 9110, 8.8.3)."""
    scope = key.partition("/")[0]
    return b'"%s"' % sha256(scope.encode() + b"/" + body).hexdigest()[:32].encode()
