"""The states of the model: PostgreSQL, Redis, the processes, and what is under way between them.

Abstractions, each of which only allows more than can really happen:
- There is no time. A look is fresh until it expires, at any moment; who waits for the lease waits until no fresh look
  from before is left.
- Entries that were stored once can be found ever after, by everyone: memory, Redis and old copies of Redis alike.
- Whoever has committed may be ended at any later moment, by its own process, by one that drains, or by one that reaps.
- Epochs are random: here they are counted, and none is used twice. A commit is known by its place in the log.
- Processes are alike, and are sorted in each state: from step to step of a trace, their numbers may be exchanged.
"""

from typing import Any, NamedTuple

CLOSED, OPENING, OPEN = 0, 1, 2
STATUS = ("closed", "opening", "open")

# What a writer has come to. EARLY is only in a variant: the plane was read, and nothing written yet.
IDLE, EARLY, WROTE, MARKED, FAILED, COMMITTED, ANSWERED, ABORTED = range(8)
IN_TRANSACTION = (WROTE, MARKED, FAILED)


class Config(NamedTuple):
    """What is searched: who writes, what is asked, which faults there are, and how many of them in all."""

    name: str
    touches: tuple[int, ...] = (1,)  # of each writer: a mask of tags
    raw: int = 0  # a mask of writers that know nothing of marks
    queries: tuple[tuple[int, ...], ...] = ((0,),)  # of each query: the tag that each of its statements reads
    fills: int = 1
    processes: int = 2
    faults: frozenset[str] = frozenset()
    budget: int = 0
    split: bool = False  # reads take time: arrival, sync, answer
    slow_looks: bool = False
    seen_counts: bool = True  # whatever is committed obliges, for somebody may have seen it by executing
    aborts: bool = True
    starts_closed: bool = False
    epochs: int = 99  # no more openings than this
    saved: bool = False  # there is a copy of Redis of an earlier moment


class Plane(NamedTuple):
    """The row in PostgreSQL."""

    status: int
    epoch: int
    server: int


class Server(NamedTuple):
    """What a Redis server holds; marks and what was ended are masks of writers."""

    epoch: int
    clock: int
    stamps: tuple[int, ...]
    floor: int = 0
    marks: int = 0
    ended: int = 0
    drained: tuple[int, int] = (0, 0)


class Look(NamedTuple):
    """What a process was told by PostgreSQL: the plane, and the log up to `seen`."""

    status: int
    epoch: int
    server: int
    seen: int
    fresh: bool


class Read(NamedTuple):
    """A read under way: what it must be served, and what its sync saw."""

    must: int
    view: Server | None


class Process(NamedTuple):
    """A server process; all that it was told of between `base` and `look.seen` is overlay until seen as ended."""

    look: Look
    base: int
    server: int = 0
    asked: Look | None = None
    read: Read | None = None
    view: Server | None = None  # only in a variant: a sync that nobody has asked for yet
    known: tuple[int, tuple[int, ...]] | None = None  # only in a variant: the clock and the stamps it knows


class Writer(NamedTuple):
    """A mutation, or raw SQL; `late`: its MARK timed out and may still be applied."""

    stage: int
    plane: Plane | None = None
    failed: bool = False
    late: bool = False


class Fill(NamedTuple):
    """An execution under way, and later an entry: where in the log its statements' snapshots were."""

    query: int
    epoch: int
    g0: int
    places: tuple[int, ...]


class Opener(NamedTuple):
    """The process that opens: has it announced the epoch, and for which writers does it wait?"""

    announced: bool
    epoch: int
    server: int
    waits: int


class State(NamedTuple):
    """Everything."""

    plane: Plane
    servers: tuple[Server, ...]
    processes: tuple[Process, ...]
    writers: tuple[Writer, ...]
    budget: int
    fills_left: int
    log: tuple[int, ...] = ()
    fills: tuple[Fill, ...] = ()
    entries: tuple[Fill, ...] = ()
    opener: Opener | None = None
    epochs: int = 1
    saved: Server | None = None
    wipe: tuple[int, int] | None = None  # an opening that timed out and may still be applied: epoch, server
    seen: int = 0  # the writers that somebody was shown by a hit, where only what was seen obliges


def empty(config: Config, epoch: int) -> Server:
    """A server that was wiped, and has that epoch, or none (0)."""
    tags = 1 + max(tag for query in config.queries for tag in query)
    return Server(epoch, 0, (0,) * tags)


def first(config: Config) -> State:
    """Where the search begins: open, or closed with Redis empty."""
    shut = config.starts_closed
    plane = Plane(CLOSED if shut else OPEN, 1, 0)
    server = empty(config, 0 if shut else 1)._replace(drained=(0 if shut else 1, 0))
    look = Look(*plane, 0, fresh=not shut)
    return State(
        plane,
        (server,),
        (Process(look, 0),) * config.processes,
        (Writer(IDLE),) * len(config.touches),
        config.budget,
        config.fills,
    )


def put(items: tuple[Any, ...], index: int, item: Any) -> tuple[Any, ...]:
    """The tuple with one item replaced."""
    return (*items[:index], item, *items[index + 1 :])
