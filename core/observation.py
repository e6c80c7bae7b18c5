"""What an operation did: its parts note it here, in one place, for all who listen (`core.observers`).

    current()      the record of the operation that runs in this context; None where nobody listens
    observing()    a record of one's own, for a block: for who counts statements

A part that does something asks for the record, and reads the clock only where there is one. Counts and durations are
noted always; the steps, for spans, only where `steps` is a list.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import blake2b
from time import perf_counter_ns
from typing import Literal, Protocol

Kind = Literal["query", "mutation", "subscription", "event", "unknown"]
"""`event`: what subscribers of one question are told of one event; `unknown`: refused before it was understood."""
Transport = Literal["http", "websocket", "stream"]
Outcome = Literal["ok", "errors", "refused", "failed", "left"]
"""`errors`: it ran, and some of it went wrong; `refused`: nothing ran; `failed`: by no fault of the client;
`left`: the client went before there was an answer."""
CacheStatus = Literal["hit", "miss", "bypass"]

LONGEST_NAME = 60
"""Characters of an operation's name that count: clients choose it."""
MOST_STEPS = 1_000
"""Of one operation; those beyond are counted, but not kept one by one."""
MOST_SLOW = 20
"""Slow statements of one operation that are told of."""
NEVER = 1 << 62
"""Nanoseconds that nothing takes."""


class Step:
    """A thing that took time: `began` and `ended` are nanoseconds of `perf_counter_ns`; 0 while it goes on.

    `what`: a `batch` of the loader `name` with `size` keys; `sql`, the statement `name`; `redis`, a command.
    """

    __slots__ = ("began", "ended", "name", "parent", "size", "what")

    def __init__(self, what: str, name: str, began: int, parent: "Step | None", size: int = 0) -> None:
        self.what = what
        self.name = name
        self.began = began
        self.ended = 0
        self.parent = parent
        """The step that this one is a part of."""
        self.size = size


_CURRENT: ContextVar["Observation | None"] = ContextVar("observation", default=None)
_WITHIN: ContextVar[Step | None] = ContextVar("step", default=None)

current = _CURRENT.get
"""The record of the operation that runs in this context, and of the tasks that it began; None where nobody listens."""
set_current = _CURRENT.set
"""For `core.observers`."""


class Comments(Protocol):
    """Has statements carry what they belong to."""

    def of(self, sql: str, observation: "Observation") -> tuple[str, bool]:
        """The statement with its comment, and whether it may be prepared for others to come."""


class Observation:
    """The record of one operation. Durations are nanoseconds; times are those of `perf_counter_ns`.

    What goes on after its end is added to nothing, but to the record around it, if that goes on.
    """

    # Most of it stays as it is in most operations: to set it in each would take longer than all that is noted.
    client = "unnamed"
    """What the client calls itself, fit for a label; he may call himself anything."""
    kind: Kind = "unknown"
    name: str | None = None
    """Of the operation: letters, digits and underscores, no more than 60 of them; None without one."""
    document: str | None = None
    """The text of the document: for `fingerprint` alone, for what a client writes into it may be private."""
    outcome: Outcome = "left"
    codes: tuple[str, ...] = ()
    """The codes of the answer's errors."""
    cache: CacheStatus | None = None
    executor: str | None = None
    slow_after = NEVER
    steps: list[Step] | None = None
    """What happened, step by step; None where nobody wants to know."""
    trace_id: str | None = None
    """32 hexadecimals, for logs; None where nothing is traced."""
    trace: object = None
    """Belongs to whoever makes spans."""
    traceparent: str | None = None
    """The same with the operation's own span, as W3C writes it; None where no spans are made."""
    comments: Comments | None = None
    """What its statements carry."""
    ended = 0

    def __init__(self, outer: "Observation | None" = None, transport: Transport = "http", request_id: str = "") -> None:
        self.transport: Transport = transport
        self.request_id = request_id
        self.statement_ns: list[int] = []
        """How long each statement took, the wait for a connection included."""
        self.redis_ns: list[int] = []
        """How long each call to Redis took."""
        self.batches: list[tuple[str, int, int]] = []
        """Of each batch the loader's name, how many keys were fetched, and how long that took."""
        self.fields: list[tuple[str, int]] = []
        """Of each column of a field that a loader was asked for, the field's schema coordinate, and how many keys."""
        self.slow: list[tuple[str, int]] = []
        """The texts of statements that took `slow_after` or longer, and how long each did; the first few."""
        self.outer = outer
        if outer is not None:
            self.steps, self.slow, self.slow_after = outer.steps, outer.slow, outer.slow_after
            self.name, self.comments = outer.name, outer.comments
            self.trace_id, self.traceparent = outer.trace_id, outer.traceparent
        self.began = perf_counter_ns()

    @property
    def statements(self) -> int:
        """How many statements were sent to PostgreSQL."""
        return len(self.statement_ns)

    @property
    def fingerprint(self) -> str | None:
        """Stands for the document: the same for the same text, and tells nothing of it."""
        return None if self.document is None else fingerprint(self.document)

    def is_of(self, kind: Kind, name: str | None, document: str | None = None) -> None:
        """Say what is run."""
        self.kind = kind
        self.name = None if name is None else name[:LONGEST_NAME]
        self.document = document

    def has_errors(self, outcome: Outcome, codes: tuple[str, ...]) -> None:
        """Say how it went, where it did not go well."""
        self.outcome = outcome
        self.codes = codes

    def note_statement(self, sql: str, began: int) -> None:
        """A statement was answered, or failed, just now."""
        now = perf_counter_ns()
        if self.outer is None and self.steps is None and not self.ended and now - began < self.slow_after:
            self.statement_ns.append(now - began)  # as nearly always
            return
        if now - began >= self.slow_after and len(self.slow) < MOST_SLOW:
            self.slow.append((sql, now - began))
        if self.steps is not None:
            self._add("sql", sql, began, now)
        one: Observation | None = self
        while one is not None:
            if not one.ended:
                one.statement_ns.append(now - began)
            one = one.outer

    def note_redis(self, command: str, began: int) -> None:
        """Redis answered a call, or did not, just now."""
        now = perf_counter_ns()
        if self.steps is not None:
            self._add("redis", command, began, now)
        one: Observation | None = self
        while one is not None:
            if not one.ended:
                one.redis_ns.append(now - began)
            one = one.outer

    def begin_batch(self, name: str, size: int) -> Step | int:
        """A loader fetches so many keys; what is answered here is for `end_batch`."""
        if self.steps is None:
            return perf_counter_ns()
        step = Step("batch", name, perf_counter_ns(), _WITHIN.get(), size)
        self._keep(step)
        _WITHIN.set(step)
        return step

    def end_batch(self, name: str, size: int, begun: Step | int) -> None:
        """It has them, or it failed."""
        now = perf_counter_ns()
        if isinstance(begun, int) and self.outer is None and not self.ended:
            self.batches.append((name, size, now - begun))  # as nearly always
            return
        if isinstance(begun, Step):
            begun.ended = now
            _WITHIN.set(begun.parent)
            begun = begun.began
        one: Observation | None = self
        while one is not None:
            if not one.ended:
                one.batches.append((name, size, now - begun))
            one = one.outer

    def _add(self, what: str, name: str, began: int, now: int) -> None:
        step = Step(what, name, began, _WITHIN.get())
        step.ended = now
        self._keep(step)

    def _keep(self, step: Step) -> None:
        if self.steps is not None and not self.ended and len(self.steps) < MOST_STEPS:
            self.steps.append(step)


@contextmanager
def observing(*, apart: bool = False) -> Iterator[Observation]:
    """A record of the block and of the tasks that begin in it; `apart`: those around it hear nothing of it."""
    before = _CURRENT.get()
    observation = Observation(None if apart else before)
    _CURRENT.set(observation)
    try:
        yield observation
    finally:
        observation.ended = perf_counter_ns()
        _CURRENT.set(before)


def fingerprint(text: str) -> str:
    """16 hexadecimals that stand for a statement or a document in logs."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
