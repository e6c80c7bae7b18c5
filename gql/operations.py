"""From a document to its answer: what runs it, and what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, cast

import strawberry
from graphql import ExecutionResult, GraphQLError, OperationDefinitionNode, OperationType, execute
from strawberry.execution import optimized_is_awaitable

from core.errors import ErrorCode, LimitError
from core.observation import Kind, Observation
from core.settings import Settings
from core.viewer import ANONYMOUS, Viewer
from gql.caching.hints import Hint, HintModel
from gql.caching.terms import Terms
from gql.context import Context
from gql.deprecations import Deprecations
from gql.documents.document import Document
from gql.errors import present, present_invalid
from gql.executor.execution import CompiledExecutor
from gql.limits.cost import CostModel

Variables = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as a client gets it; `executed` is false where nothing ran."""

    body: dict[str, Any]
    executed: bool
    executor: str = "graphql-core"
    """What ran it: `compiled`, or `graphql-core` with the reason in parentheses."""


class Operations:
    """Runs the operations of one schema."""

    def __init__(self, schema: strawberry.Schema, settings: Settings, *, suggest: bool) -> None:
        self._schema = schema._schema  # noqa: SLF001 - graphql-core's, which Strawberry builds
        # Strawberry's own, with what it adds to graphql-core's.
        self._executor_class: Any = schema.execution_context_class
        self._costs = CostModel(self._schema)
        self._hints = HintModel(self._schema)
        self._deprecations = Deprecations(self._schema)
        self._most, self._most_anonymous = settings.max_cost, settings.max_cost_anonymous
        self._most_errors = settings.max_errors
        self._suggest = suggest
        self._compiled = (
            CompiledExecutor(schema, most_errors=settings.max_errors, hide_suggestions=not suggest)
            if settings.executor == "compiled"
            else None
        )

    def cost(self, document: Document, operation: OperationDefinitionNode, variables: Variables) -> int:
        """What the operation costs at most."""
        return self._costs.cost(document, operation, variables)

    def deprecated(self, document: Document, variables: Variables) -> tuple[str, ...]:
        """What of it is deprecated, as schema coordinates; what its variables hold is looked at, too."""
        if not self._deprecations.exist:
            return ()
        if document.deprecated is None:
            document.deprecated = self._deprecations.in_document(document.node)
        return self._deprecations.used(document.deprecated, variables)

    def most(self, viewer: Viewer) -> int:
        """The cost that an operation of this viewer may have."""
        return self._most_anonymous if viewer.user_id is None else self._most

    def check_cost(self, cost: int, document: Document, viewer: Viewer) -> None:
        """Refuse what costs too much, unless the document is trusted.

        Raises:
            LimitError: QUERY_TOO_COSTLY.

        """
        most = self.most(viewer)
        if cost > most and not document.trusted:
            shown = str(cost) if cost < 10**9 else "more than a thousand million"
            message = f"The operation costs {shown}, and {most} are allowed. Ask for smaller pages, or fewer in others."
            raise LimitError(ErrorCode.QUERY_TOO_COSTLY, message, most, min(cost, 10**9))

    def terms(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        cost: int,
        context: Context,
        deprecated: tuple[str, ...] = (),
    ) -> Terms | None:
        """On which terms the answer of a query that ran in this context may be kept; None where it never may."""
        session = context.session
        if not (session.keepable and session.tags):
            return None
        name = operation.name.value if operation.name else None
        hint: Hint | None = document.hints.get(name)
        if hint is None:
            hint = document.hints[name] = self._hints.of(document.node, operation)
        hint = self._hints.with_types(hint, context.found_types)
        if hint.max_age == 0:
            return None
        # Nobody is served what he might not have run himself.
        for_anybody = document.trusted or cost <= self.most(ANONYMOUS)
        shared = for_anybody and not context.asker.was_consulted and not hint.private
        return Terms(shared, hint.max_age, deprecated, name)

    async def run(
        self, document: Document, operation: OperationDefinitionNode, variables: Variables, context: Context
    ) -> Answer:
        """Execute an operation of a valid document; a query by a replica, where there are some."""
        replicas = context.services.database.replicas
        if replicas is not None and is_query(operation):
            reading = replicas.reading(context.position)
            context.renew(reading)
            answer = await self._executed(document, operation, variables, context)
            if await reading.is_confirmed():
                return answer
            context.renew()
        return await self._executed(document, operation, variables, context)

    async def _executed(
        self, document: Document, operation: OperationDefinitionNode, variables: Variables, context: Context
    ) -> Answer:
        executor = "graphql-core"
        if self._compiled is not None:
            found = await self._compiled.execute(document, operation, variables, context)
            if isinstance(found, ExecutionResult):
                return answer_of(found, context.request_id, "compiled")
            executor = f"graphql-core ({found})"
        return answer_of(await self.run_by_core(document, operation, variables, context), context.request_id, executor)

    async def run_by_core(
        self, document: Document, operation: OperationDefinitionNode, variables: Variables, context: Context
    ) -> ExecutionResult:
        """The result of an operation of a valid document, by graphql-core's own executor."""
        result = execute(
            self._schema,
            document.node,
            context_value=context,
            variable_values=dict(variables),
            operation_name=operation.name.value if operation.name else None,
            is_awaitable=cast("Any", optimized_is_awaitable),
            executor_class=self._executor_class,
            operation_extensions=None,
            max_coercion_errors=self._most_errors,
            hide_suggestions=not self._suggest,
        )
        return await result if isawaitable(result) else result


def note_asked(
    observation: Observation | None, document: Document, operation: OperationDefinitionNode, *, of_event: bool = False
) -> None:
    """Say in the record of an operation what it is; `of_event`: what is told to subscribers of an event."""
    if observation is not None:
        name = operation.name.value if operation.name else None
        kind: Kind = "event" if of_event else "query" if is_query(operation) else operation.operation.value
        observation.is_of(kind, name, document.text)


def is_query(operation: OperationDefinitionNode) -> bool:
    """Whether an operation only reads."""
    return operation.operation is OperationType.QUERY


def is_subscription(operation: OperationDefinitionNode) -> bool:
    """Whether an operation is answered more than once."""
    return operation.operation is OperationType.SUBSCRIPTION


def refused(errors: list[GraphQLError]) -> Answer:
    """The answer to a document that was never executed: it has no data, not even null."""
    return Answer({"errors": [present_invalid(error).formatted for error in errors]}, executed=False)


def answer_of(result: ExecutionResult, request_id: str, executor: str) -> Answer:
    """A result as a client gets it."""
    if not result.errors:
        return Answer({"data": result.data}, True, executor)
    errors = [_formatted(error, request_id) for error in result.errors]
    if result.data is None and not any(error.path for error in result.errors):
        return Answer({"errors": errors}, False, executor)
    return Answer({"data": result.data, "errors": errors}, True, executor)


def _formatted(error: GraphQLError, request_id: str) -> dict[str, Any]:
    return cast("dict[str, Any]", present(error, request_id).formatted)
