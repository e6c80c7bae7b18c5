"""All metrics of the server; `docs/observability.md` has them in a table that is made of this."""

from core.metrics import WORKER, Metric

WORKER_UP = Metric("broadsheet_worker_up", "gauge", "1 for a process that told its metrics in time, else 0.", (WORKER,))

OPERATIONS = Metric(
    "broadsheet_operations_total",
    "counter",
    "Operations by name, kind, client and outcome: ok, errors (some of it went wrong), refused (nothing ran), failed "
    "(by no fault of the client), left (the client did).",
    ("operation", "kind", "client", "outcome"),
)
ERRORS = Metric("broadsheet_errors_total", "counter", "Errors in answers, by their code.", ("code",))
DURATION = Metric(
    "broadsheet_operation_duration_seconds",
    "histogram",
    "Time from a request to its answer; of a subscription until it has begun.",
    ("operation",),
)
STATEMENTS = Metric("broadsheet_sql_statements_total", "counter", "Statements sent to PostgreSQL.", ("operation",))
STATEMENT_TIME = Metric(
    "broadsheet_sql_seconds_total",
    "counter",
    "Time that statements took, the wait for a connection included.",
    ("operation",),
)
STATEMENT_DURATION = Metric(
    "broadsheet_sql_duration_seconds", "histogram", "Time that a statement took, the wait for a connection included."
)
REDIS_DURATION = Metric("broadsheet_redis_duration_seconds", "histogram", "Time that a call to Redis took.")
LOADER_KEYS = Metric(
    "broadsheet_loader_batch_keys", "histogram", "Keys that a loader fetched in one batch.", ("loader",)
)
FIELD_KEYS = Metric(
    "broadsheet_field_batch_keys",
    "histogram",
    "Keys that a field asked its loader for at once: one for each parent of a level.",
    ("field",),
)
LOADER_TIME = Metric("broadsheet_loader_seconds_total", "counter", "Time that batches took.", ("loader",))

RUNNING = Metric("broadsheet_requests_running", "gauge", "Requests to /graphql that are being answered.")
WAITING = Metric("broadsheet_queries_waiting", "gauge", "Queries that wait for their turn to begin.")
BUSY = Metric(
    "broadsheet_requests_shed_total", "counter", "Requests that were answered 503 because too many were running."
)
DOCUMENTS = Metric("broadsheet_documents", "gauge", "Documents that are kept parsed and checked.")
DOCUMENT_LOOKUPS = Metric(
    "broadsheet_document_lookups_total", "counter", "Whether a document was there already: hit or miss.", ("result",)
)
DEPRECATED = Metric(
    "broadsheet_deprecated_uses_total",
    "counter",
    "Uses of deprecated parts of the schema, by client and coordinate.",
    ("client", "coordinate"),
)

POOL_MOST = Metric("broadsheet_pool_connections_max", "gauge", "Connections that a pool opens at the most.", ("pool",))
POOL_CONNECTIONS = Metric(
    "broadsheet_pool_connections", "gauge", "Connections to PostgreSQL, in use and idle.", ("pool", "state")
)
POOL_WAITING = Metric("broadsheet_pool_waiting", "gauge", "Who waits for a connection.", ("pool",))
POOL_TIMEOUTS = Metric(
    "broadsheet_pool_timeouts_total", "counter", "Who waited too long for a connection, and got none.", ("pool",)
)
POOL_LOST = Metric("broadsheet_pool_lost_total", "counter", "Connections that were lost while in use.", ("pool",))

CACHE = Metric(
    "broadsheet_cache_requests_total",
    "counter",
    "What the cache had for operations: hit (or another's answer that was awaited), miss, bypass (it keeps none such).",
    ("result",),
)
CACHE_STALE = Metric(
    "broadsheet_cache_stale_total", "counter", "Responses that were found, and were no longer true or too old."
)
CACHE_RESPONSES = Metric("broadsheet_cache_responses", "gauge", "Responses that the process keeps.")
CACHE_BYTES = Metric("broadsheet_cache_bytes", "gauge", "Memory that they take, about.")
CACHE_LOOKS = Metric("broadsheet_cache_looks_total", "counter", "Looks at what was changed in PostgreSQL.")
CACHE_INVALIDATIONS = Metric(
    "broadsheet_cache_invalidations_total", "counter", "Tags that were touched by changes that looks told of."
)
CACHE_MARKS = Metric(
    "broadsheet_cache_pending_marks", "gauge", "Tags that transactions are about to touch, as Redis tells."
)
CACHE_EPOCHS = Metric("broadsheet_cache_epochs_total", "counter", "Epochs of Redis that the process began to believe.")
CACHE_REDIS_PLANE = Metric(
    "broadsheet_cache_redis_plane",
    "gauge",
    "1 while Redis is asked what was changed, 0 while PostgreSQL is; only with BROADSHEET_CACHE_PLANE=redis.",
)

REDIS_OPEN = Metric(
    "broadsheet_redis_breaker_open", "gauge", "1 while Redis is left alone because it failed.", ("breaker",)
)
REDIS_FAILURES = Metric("broadsheet_redis_failures_total", "counter", "Failures that opened a breaker.", ("breaker",))

CONNECTIONS = Metric(
    "broadsheet_streams", "gauge", "Connections that last: WebSockets, and streams over HTTP.", ("transport",)
)
SUBSCRIPTIONS = Metric("broadsheet_subscriptions", "gauge", "Subscriptions at the moment.")
QUEUED = Metric("broadsheet_events_queued", "gauge", "Events that wait for subscribers who have not read them yet.")
DELIVERED = Metric("broadsheet_events_delivered_total", "counter", "Events that were told to subscribers.")
STREAMS_ENDED = Metric(
    "broadsheet_streams_ended_total",
    "counter",
    "Connections that the server ended: slow (the client did not read, his queue was cut off), expired, late, stops.",
    ("reason",),
)

RATE_POINTS = Metric("broadsheet_rate_points_total", "counter", "Points of the rate that callers spent.", ("caller",))
RATE_REFUSED = Metric(
    "broadsheet_rate_refused_total", "counter", "Charges that were refused for want of points.", ("caller",)
)

LAG = Metric(
    "broadsheet_event_loop_lag_seconds", "histogram", "How late the event loop was, asked every tenth of a second."
)

CATALOGUE = tuple(one for one in list(globals().values()) if isinstance(one, Metric))
