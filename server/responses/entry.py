"""A response that is kept, in a process and in Redis."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Self

import orjson

_FORM = b"1\n"
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

    def packed(self) -> bytes:
        """As Redis keeps it."""
        head = orjson.dumps({"snapshot": self.snapshot, "tags": sorted(self.tags)})
        return b"".join((_FORM, head, b"\n", self.body))

    @classmethod
    def unpacked(cls, packed: bytes, key: str) -> Self | None:
        """What Redis kept; `since` is not known yet. None where it is no entry."""
        if not packed.startswith(_FORM):
            return None
        head, _, body = packed[len(_FORM) :].partition(b"\n")
        try:
            found = orjson.loads(head)
            return cls(body, frozenset(found["tags"]), found["snapshot"], 0, etag_of(body, key))
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
