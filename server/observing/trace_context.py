"""Which trace an operation belongs to (W3C Trace Context, https://www.w3.org/TR/trace-context/)."""

import random
import re
from dataclasses import dataclass
from typing import Self

HEADER = b"traceparent"

_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SAMPLED = 1
_LOWER = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Parent:
    """What a caller says of his trace."""

    trace_id: int
    span_id: int
    sampled: bool

    @classmethod
    def of(cls, header: str | None) -> Self | None:
        """What a `traceparent` says; None where it says nothing that can be understood (3.2.2, 4.3)."""
        match = _FORM.fullmatch(header.strip()) if header else None
        if match is None:
            return None
        version, trace_id, span_id, flags, more = match.groups()
        known = version == "00"
        if version == "ff" or (known and more is not None) or not int(trace_id, 16) or not int(span_id, 16):
            return None
        return cls(int(trace_id, 16), int(span_id, 16), bool(int(flags, 16) & _SAMPLED))


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which operations are traced: `ratio` of them; with `follows` the caller decides, where there is one."""

    ratio: float
    follows: bool

    def samples(self, trace_id: int, parent: Parent | None) -> bool:
        """Whether this one is; all who are asked of one trace by the same ratio say the same."""
        if parent is not None and self.follows:
            return parent.sampled
        return (trace_id & _LOWER) < self.ratio * (_LOWER + 1)


def new_trace_id() -> int:
    """A random one; it guards nothing."""
    return random.getrandbits(128) or 1


def new_span_id() -> int:
    """A random one; it guards nothing."""
    return random.getrandbits(64) or 1
