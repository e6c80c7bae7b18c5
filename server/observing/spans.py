"""What an operation did, as spans: made after its end, of what was noted.

Names of attributes are those of OpenTelemetry's semantic conventions where there are some, and `broadsheet.…` else. No
span holds a variable, a value or a document: statements have `$1` in place of values, of Redis the command is told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from core.observation import Observation, Step, fingerprint
from server.observing.trace_context import Parent, new_span_id

LONGEST_STATEMENT = 4_000
"""Characters of a statement that are told."""

SpanKind = Literal["server", "client", "internal"]
Attributes = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Span:
    """A span, ready to be sent: `began` and `ended` are nanoseconds since 1970."""

    name: str
    kind: SpanKind
    trace_id: int
    span_id: int
    parent_id: int | None
    is_of_caller: bool
    """Whether the parent is another process's."""
    began: int
    ended: int
    attributes: Attributes
    error: str | None = None


def spans_of(
    observation: Observation, trace_id: int, root: int, parent: Parent | None, since_1970: int
) -> Iterator[Span]:
    """The span of an operation, whose id is `root`, and those of its steps; `since_1970` is added to their times."""
    kind, name = observation.kind, observation.name
    yield Span(
        f"{kind} {name}" if name else kind,
        "server",
        trace_id,
        root,
        None if parent is None else parent.span_id,
        parent is not None,
        observation.began + since_1970,
        observation.ended + since_1970,
        _of_operation(observation),
        (" ".join(observation.codes) or "failed") if observation.outcome == "failed" else None,
    )
    ids: dict[int, int] = {}
    for step in observation.steps or ():
        above = root if step.parent is None else ids.get(id(step.parent), root)
        ids[id(step)] = own = new_span_id()
        ended = step.ended or observation.ended
        kind_of_span: SpanKind = "internal" if step.what == "batch" else "client"
        named, attributes = _of_step(step)
        times = step.began + since_1970, ended + since_1970
        yield Span(named, kind_of_span, trace_id, own, above, False, *times, attributes)


def _of_operation(observation: Observation) -> Attributes:
    found: dict[str, str | int] = {
        "graphql.operation.type": observation.kind,
        "network.protocol.name": observation.transport,
        "broadsheet.outcome": observation.outcome,
        "broadsheet.client": observation.client,
        "broadsheet.request_id": observation.request_id,
        "broadsheet.statements": observation.statements,
    }
    told = {
        "graphql.operation.name": observation.name,
        "broadsheet.document": observation.fingerprint,
        "broadsheet.cache": observation.cache,
        "broadsheet.executor": observation.executor,
        "error.type": observation.codes[0] if observation.codes else None,
    }
    return found | {name: value for name, value in told.items() if value is not None}


def _of_step(step: Step) -> tuple[str, Attributes]:
    if step.what == "batch":
        return f"load {step.name}", {"broadsheet.loader": step.name, "broadsheet.keys": step.size}
    if step.what == "redis":
        return step.name, {"db.system.name": "redis", "db.operation.name": step.name}
    verb = step.name.lstrip(" (\n").partition(" ")[0].partition("\n")[0].upper()[:20]
    return verb, {
        "db.system.name": "postgresql",
        "db.operation.name": verb,
        "db.query.text": step.name[:LONGEST_STATEMENT],
        "broadsheet.statement": fingerprint(step.name),
    }
