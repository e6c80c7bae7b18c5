"""What the wire notes in the record of an operation: who asks, what, and how it went."""

from collections.abc import Mapping
from typing import Any

from core.errors import ClientError, ErrorCode
from core.observation import Observation, Outcome, Transport
from core.observers import Observers
from gql.operations import Answer
from server.responses.entry import Entry
from server.wire.client_name import client_name

_OURS = {ErrorCode.INTERNAL_SERVER_ERROR.value, ErrorCode.SERVICE_UNAVAILABLE.value, ErrorCode.TIMEOUT.value}
"""Codes of what is no client's fault."""


def begun(
    observers: Observers, transport: Transport, request_id: str, headers: Mapping[bytes, str]
) -> Observation | None:
    """The record of an operation that begins; None where nobody wants to know."""
    if not observers.are_there:
        return None
    return observers.begin(transport, request_id, client_name(headers), headers)


def has_begun(observation: Observation | None) -> None:
    """A subscription is told of events from now on."""
    if observation is not None:
        observation.outcome = "ok"


def answered(observation: Observation | None, answer: Answer) -> None:
    """There is an answer."""
    if observation is None:
        return
    observation.executor = answer.executor
    observation.outcome = "ok"
    if "errors" in answer.body:
        went_wrong(observation, answer.body["errors"], "errors" if answer.executed else "refused")


def was_kept(observation: Observation | None, entry: Entry) -> None:
    """It is answered by what was kept."""
    if observation is not None:
        observation.is_of("query", entry.operation)
        observation.cache = "hit"
        observation.outcome = "ok"


def was_not_kept(observation: Observation | None, *, passed_by: bool) -> None:
    """It was executed; `passed_by`: because nothing is kept of it."""
    if observation is not None:
        observation.cache = "bypass" if passed_by else "miss"


def went_wrong(observation: Observation | None, errors: list[dict[str, Any]], outcome: Outcome = "refused") -> None:
    """These errors were answered."""
    if observation is None:
        return
    codes = dict.fromkeys(str(error.get("extensions", {}).get("code", "")) for error in errors)
    observation.has_errors(outcome if _OURS.isdisjoint(codes) else "failed", tuple(codes))


def was_refused(observation: Observation | None, error: ClientError) -> None:
    """There is no answer but this error."""
    if observation is not None:
        observation.has_errors("failed" if error.code.value in _OURS else "refused", (error.code.value,))


def has_failed(observation: Observation | None) -> None:
    """It is a fault of ours."""
    if observation is not None:
        observation.has_errors("failed", (ErrorCode.INTERNAL_SERVER_ERROR.value,))
