"""What the parts of an application counted by themselves, read when somebody asks for metrics."""

from collections.abc import Iterable

from cache.entries import Entries
from cache.rates import Rates
from core.metrics import Reading
from db.database import Database
from gql.documents.store import DocumentStore
from server.metrics import catalogue as metrics
from server.responses.store import Responses
from server.responses.watermark import Watermark
from server.uses import Uses
from server.wire.lasting import Why
from server.wire.live import Live


def of_pools(database: Database) -> Iterable[Reading]:
    """Connections to PostgreSQL."""
    pools = database.pools()
    yield metrics.POOL_MOST, [((pool.name,), pool.most) for pool in pools]
    states = [((pool.name, "in_use"), pool.in_use) for pool in pools]
    yield metrics.POOL_CONNECTIONS, states + [((pool.name, "idle"), pool.idle) for pool in pools]
    yield metrics.POOL_WAITING, [((pool.name,), pool.waiting) for pool in pools]
    yield metrics.POOL_TIMEOUTS, [((pool.name,), pool.timeouts) for pool in pools if pool.timeouts is not None]
    yield metrics.POOL_LOST, [((pool.name,), pool.lost) for pool in pools if pool.lost is not None]


def of_rates(rates: Rates) -> Iterable[Reading]:
    """Points that callers spent, and what they were refused."""
    kinds = {"account": rates.by_accounts, "address": rates.by_addresses}
    yield metrics.RATE_POINTS, [((kind,), spent.points) for kind, spent in kinds.items()]
    yield metrics.RATE_REFUSED, [((kind,), spent.refused) for kind, spent in kinds.items()]


def of_documents(store: DocumentStore) -> Iterable[Reading]:
    """Documents that are kept parsed."""
    yield metrics.DOCUMENTS, [((), len(store))]
    yield metrics.DOCUMENT_LOOKUPS, [(("hit",), store.hits), (("miss",), store.misses)]


def of_uses(uses: Uses) -> Iterable[Reading]:
    """Uses of what is deprecated."""
    yield metrics.DEPRECATED, list(uses.counted().items())


def of_responses(responses: Responses) -> Iterable[Reading]:
    """Responses that are kept, and who says which of them are true."""
    clock, watermark = responses.planes.clock, responses.planes.watermark
    yield metrics.CACHE_STALE, [((), responses.counts.stale)]
    yield metrics.CACHE_RESPONSES, [((), responses.number)]
    yield metrics.CACHE_BYTES, [((), responses.size)]
    yield metrics.CACHE_LOOKS, [((), clock.looks)]
    yield metrics.CACHE_INVALIDATIONS, [((), clock.touched)]
    if watermark is not None:
        yield metrics.CACHE_MARKS, [((), len(watermark.pending))]
        yield metrics.CACHE_EPOCHS, [((), watermark.epochs)]
        yield metrics.CACHE_REDIS_PLANE, [((), watermark.is_believed)]
    yield from _breakers(responses.entries, watermark)


def _breakers(entries: Entries, watermark: Watermark | None) -> Iterable[Reading]:
    is_open: list[tuple[tuple[str, ...], float]] = [(("responses",), entries.is_closed)]
    failures: list[tuple[tuple[str, ...], float]] = [(("responses",), entries.failures)]
    if watermark is not None:
        is_open.append((("plane",), watermark.is_paused))
        failures.append((("plane",), watermark.failures))
    yield metrics.REDIS_OPEN, is_open
    yield metrics.REDIS_FAILURES, failures


def of_live(live: Live) -> Iterable[Reading]:
    """Connections that last, and the subscriptions over them."""
    yield metrics.CONNECTIONS, [(("websocket",), live.sockets), (("http",), live.running - live.sockets)]
    yield metrics.DELIVERED, [((), live.told)]
    yield metrics.STREAMS_ENDED, [((why.name.lower(),), live.ended[why]) for why in Why]
    if live.hub is not None:
        yield metrics.SUBSCRIPTIONS, [((), len(live.hub))]
        yield metrics.QUEUED, [((), live.hub.queued())]
