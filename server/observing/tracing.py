"""Traces: decides which operations are traced, and hands on the spans of those that are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter_ns, time_ns

from core.observation import Observation
from core.observers import Headers, Listener
from server.observing.spans import Span, spans_of
from server.observing.trace_context import HEADER, Parent, Sampling, new_span_id, new_trace_id


@dataclass(frozen=True, slots=True)
class Trace:
    """Of an operation that is traced."""

    trace_id: int
    parent: Parent | None
    span_id: int
    """Of the operation's own span."""


class Tracing(Listener):
    """Notes the trace of each operation; of those that are sampled, `send` gets the spans."""

    def __init__(self, sampling: Sampling, send: Callable[[Iterable[Span]], None]) -> None:
        self._sampling = sampling
        self._send = send

    def begun(self, observation: Observation, headers: Headers) -> None:
        """Decide."""
        parent = Parent.of(headers.get(HEADER))
        trace_id = new_trace_id() if parent is None else parent.trace_id
        sampled = self._sampling.samples(trace_id, parent)
        observation.trace_id = f"{trace_id:032x}"
        if sampled:
            observation.trace = trace = Trace(trace_id, parent, new_span_id())
            observation.traceparent = f"00-{observation.trace_id}-{trace.span_id:016x}-01"
            observation.steps = []

    def ended(self, observation: Observation) -> None:
        """Send."""
        trace = observation.trace
        if isinstance(trace, Trace):
            since_1970 = time_ns() - perf_counter_ns()
            self._send(spans_of(observation, trace.trace_id, trace.span_id, trace.parent, since_1970))
