"""What operations did, counted by their names and by those of clients, of which few are told apart.

Clients choose both. A name becomes a label only where a valid document has it, and only the first so many do, for each
one is a series that Prometheus keeps; those of trusted documents always do.
"""

from collections import Counter
from collections.abc import Iterable

from core.metrics import Histogram, Reading
from core.observation import Observation
from core.observers import Listener
from server.metrics import catalogue as metrics

OTHER, UNNAMED, UNKNOWN = "other", "unnamed", "unknown"
"""Operations beyond the first ones, those without a name, and requests of which nobody knows what they asked."""
MOST_NAMES, MOST_TRUSTED = 200, 500
MOST_CLIENTS = 100
MOST_SERIES = 2_000
"""Of an operation, its kind, a client and an outcome; beyond them the client is `other`."""
MOST_CODES = 100
AT_ONCE = 64
"""Operations that are counted together, for then the processor has at hand what that takes: one by one costs thrice."""

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SHORT = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
"""Bounds of durations: of operations, and of their steps."""
KEYS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_500)


class _Operation:
    """What was counted under one name."""

    __slots__ = ("duration", "served", "statement_ns", "statements")

    def __init__(self) -> None:
        self.served: Counter[tuple[str, str, str]] = Counter()
        """By kind, client and outcome."""
        self.duration = Histogram(SECONDS)
        self.statements = 0
        self.statement_ns = 0


class _Loader:
    __slots__ = ("keys", "ns")

    def __init__(self) -> None:
        self.keys = Histogram(KEYS)
        self.ns = 0


class OperationCounts(Listener):
    """Those of one process since it started."""

    def __init__(self, always: Iterable[str] = ()) -> None:
        """`always` are names that are told apart whatever came before."""
        self._operations = {name: _Operation() for name in (OTHER, UNNAMED, UNKNOWN, *sorted(always)[:MOST_TRUSTED])}
        self._most = len(self._operations) + MOST_NAMES
        self._clients: set[str] = set()
        self._series = 0
        self._waiting: list[Observation] = []
        self._codes: Counter[str] = Counter()
        self._cache: Counter[str] = Counter(hit=0, miss=0, bypass=0)
        self._statements, self._redis = Histogram(SHORT), Histogram(SHORT)
        self._loaders: dict[str, _Loader] = {}
        self._fields: dict[str, Histogram] = {}

    def ended(self, observation: Observation) -> None:
        """Note one, to be counted soon. On the way of every request."""
        self._waiting.append(observation)
        if len(self._waiting) >= AT_ONCE:
            self._count_all()

    def _count_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        for observation in waiting:
            self._count(observation)

    def _count(self, observation: Observation) -> None:
        name = observation.name or (UNKNOWN if observation.kind == "unknown" else UNNAMED)
        operation = self._operations.get(name) or self._begun(name)
        who = observation.kind, observation.client, observation.outcome
        if who in operation.served:
            operation.served[who] += 1
        else:
            self._count_first(operation, *who)
        operation.duration.observe((observation.ended - observation.began) / 1e9)
        if observation.cache is not None:
            self._cache[observation.cache] += 1
        if observation.codes:
            self._count_codes(observation.codes)
        if observation.statement_ns:
            operation.statements += len(observation.statement_ns)
            operation.statement_ns += sum(observation.statement_ns)
            for taken in observation.statement_ns:
                self._statements.observe(taken / 1e9)
        for taken in observation.redis_ns:
            self._redis.observe(taken / 1e9)
        for loader, keys, taken in observation.batches:
            counts = self._loaders.get(loader) or self._loaders.setdefault(loader, _Loader())
            counts.keys.observe(keys)
            counts.ns += taken
        for coordinate, keys in observation.fields:
            sizes = self._fields.get(coordinate) or self._fields.setdefault(coordinate, Histogram(KEYS))
            sizes.observe(keys)

    def _begun(self, name: str) -> _Operation:
        if len(self._operations) >= self._most:
            return self._operations[OTHER]
        return self._operations.setdefault(name, _Operation())

    def _count_first(self, operation: _Operation, kind: str, client: str, outcome: str) -> None:
        if client not in self._clients and len(self._clients) < MOST_CLIENTS:
            self._clients.add(client)
        if client not in self._clients or self._series >= MOST_SERIES:
            client = OTHER
        else:
            self._series += 1
        operation.served[kind, client, outcome] += 1

    def _count_codes(self, codes: Iterable[str]) -> None:
        for code in codes:
            self._codes[code if code in self._codes or len(self._codes) < MOST_CODES else OTHER] += 1

    def read(self) -> Iterable[Reading]:
        """All of it, as metrics."""
        self._count_all()
        operations = {name: one for name, one in self._operations.items() if one.served}
        yield (
            metrics.OPERATIONS,
            [((name, *who), number) for name, one in operations.items() for who, number in one.served.items()],
        )
        yield metrics.DURATION, [((name,), one.duration) for name, one in operations.items()]
        yield metrics.STATEMENTS, [((name,), one.statements) for name, one in operations.items()]
        yield metrics.STATEMENT_TIME, [((name,), one.statement_ns / 1e9) for name, one in operations.items()]
        yield metrics.STATEMENT_DURATION, [((), self._statements)]
        yield metrics.REDIS_DURATION, [((), self._redis)]
        yield metrics.CACHE, [((result,), number) for result, number in self._cache.items()]
        yield metrics.ERRORS, [((code,), number) for code, number in self._codes.items()]
        yield metrics.LOADER_KEYS, [((name,), one.keys) for name, one in self._loaders.items()]
        yield metrics.FIELD_KEYS, [((coordinate,), sizes) for coordinate, sizes in self._fields.items()]
        yield metrics.LOADER_TIME, [((name,), one.ns / 1e9) for name, one in self._loaders.items()]
