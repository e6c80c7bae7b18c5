"""The metrics of one application, gathered and told as long as it serves."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from core.chores import beside
from core.metrics import Metrics, Reading
from core.observers import Observers
from server.metrics import readings
from server.metrics.catalogue import BUSY, RUNNING, WAITING
from server.metrics.lag import Lag
from server.metrics.operations import OperationCounts
from server.metrics.telling import told
from server.overload.gate import Gate
from server.state import State
from server.wire.endpoint import GraphQLEndpoint
from server.wire.live import Live


@asynccontextmanager
async def measured(
    folder: Path | None, observers: Observers, endpoint: GraphQLEndpoint, live: Live, state: State, gate: Gate
) -> AsyncIterator[None]:
    """Gather metrics while the block runs, and tell them in this folder; without one do nothing."""
    if folder is None:
        yield
        return
    metrics, lag = Metrics(), Lag()
    operations = OperationCounts(endpoint.documents.trusted_names())
    observers.add(operations)
    metrics.read_from(operations.read)
    metrics.read_from(lag.read)
    metrics.read_from(partial(_of_gate, gate))
    metrics.read_from(partial(readings.of_documents, endpoint.documents.store))
    metrics.read_from(partial(readings.of_uses, endpoint.uses))
    metrics.read_from(partial(readings.of_pools, state.services.database))
    metrics.read_from(partial(readings.of_rates, state.services.rates))
    metrics.read_from(partial(readings.of_live, live))
    if endpoint.responses is not None:
        metrics.read_from(partial(readings.of_responses, endpoint.responses))
    async with beside(lag.watch()), told(metrics, folder):
        yield


def _of_gate(gate: Gate) -> Iterable[Reading]:
    yield RUNNING, [((), gate.requests.in_flight)]
    yield WAITING, [((), gate.turns.waiting)]
    yield BUSY, [((), gate.requests.shed + gate.executions.shed)]
