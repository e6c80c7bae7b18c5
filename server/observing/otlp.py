"""Sends spans by OTLP over HTTP, from a thread beside; the only module that knows OpenTelemetry.

It is imported where traces are sent, and nowhere else: its packages are optional, and take a tenth of a second.
"""

from collections.abc import Iterable
from importlib.metadata import version
from threading import Thread

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from server.observing.spans import Span

CLOSING = 5.0
"""Seconds in which the last spans must be taken, when the process ends."""

_KINDS = {"server": SpanKind.SERVER, "client": SpanKind.CLIENT, "internal": SpanKind.INTERNAL}
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_FINE = Status(StatusCode.UNSET)


class Otlp:
    """Sends to one collector, in batches; what it cannot send in time it drops, and nobody waits for it."""

    def __init__(self, endpoint: str) -> None:
        """`endpoint` has no path of its own; headers, timeouts and batches are set by OpenTelemetry's variables."""
        self._processor = BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces"))
        self._scope = InstrumentationScope("broadsheet", version("broadsheet"))
        # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win.
        given = Resource.create({SERVICE_NAME: "broadsheet", SERVICE_VERSION: version("broadsheet")})
        self._resource = given.merge(OTELResourceDetector().detect())

    def send(self, spans: Iterable[Span]) -> None:
        """Put spans on their way."""
        for span in spans:
            self._processor.on_end(self._made(span))

    def close(self) -> None:
        """Send what is left; no longer than it may take."""
        closing = Thread(target=self._processor.shutdown, daemon=True)
        closing.start()
        closing.join(CLOSING)

    def _made(self, span: Span) -> ReadableSpan:
        above = span.parent_id
        return ReadableSpan(
            span.name,
            context=SpanContext(span.trace_id, span.span_id, is_remote=False, trace_flags=_SAMPLED),
            parent=None if above is None else SpanContext(span.trace_id, above, span.is_of_caller, _SAMPLED),
            resource=self._resource,
            attributes=span.attributes,
            kind=_KINDS[span.kind],
            status=_FINE if span.error is None else Status(StatusCode.ERROR, span.error),
            start_time=span.began,
            end_time=span.ended,
            instrumentation_scope=self._scope,
        )
