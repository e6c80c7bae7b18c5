"""Runs subscriptions: first the field that gives the events, then, for each of them, what is selected."""

from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, cast

import strawberry
from graphql import ExecutionResult, Executor, OperationDefinitionNode, create_source_event_stream
from strawberry.execution import optimized_is_awaitable

from core.settings import Settings
from db.events import Event
from gql.context import Context
from gql.documents.document import Document
from gql.operations import Answer, answer_of

_EXECUTOR = "graphql-core"


@dataclass(frozen=True, slots=True)
class Asked:
    """A subscription of a valid document, with its variables."""

    document: Document
    operation: OperationDefinitionNode
    variables: Mapping[str, Any]


class LiveOperations:
    """Runs the subscriptions of one schema."""

    def __init__(self, schema: strawberry.Schema, settings: Settings, *, suggest: bool) -> None:
        self._schema = schema._schema  # noqa: SLF001 - graphql-core's, which Strawberry builds
        self._executor_class: Any = schema.execution_context_class
        self._most_errors = settings.max_errors
        self._suggest = suggest

    async def source(self, asked: Asked, context: Context) -> AsyncIterator[Event] | Answer:
        """The events of a subscription, or the answer that says why there are none."""
        executor = self._executor(asked, context, None)
        if isinstance(executor, ExecutionResult):
            return answer_of(executor, context.request_id, _EXECUTOR)
        found = create_source_event_stream(executor)
        source = await found if isawaitable(found) else found
        if isinstance(source, ExecutionResult):
            return answer_of(source, context.request_id, _EXECUTOR)
        return aiter(cast("AsyncIterable[Event]", source))

    async def told(self, asked: Asked, context: Context, event: Event) -> Answer:
        """What a subscriber is told of an event."""
        executor = self._executor(asked, context, event)
        if isinstance(executor, ExecutionResult):
            return answer_of(executor, context.request_id, _EXECUTOR)
        found: Any = executor.execute_operation(False)
        return answer_of(await found if isawaitable(found) else found, context.request_id, _EXECUTOR)

    def _executor(self, asked: Asked, context: Context, event: Event | None) -> Executor[Any] | ExecutionResult:
        built = self._executor_class.build(
            self._schema,
            asked.document.node,
            event,
            context,
            dict(asked.variables),
            asked.operation.name.value if asked.operation.name else None,
            max_coercion_errors=self._most_errors,
            is_awaitable=cast("Any", optimized_is_awaitable),
            hide_suggestions=not self._suggest,
            operation_extensions=None,
        )
        return ExecutionResult(None, built) if isinstance(built, list) else built
