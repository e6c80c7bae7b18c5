"""Runs operations by their plans."""

from collections.abc import Mapping
from typing import Any, cast

from graphql import ExecutionResult, OperationDefinitionNode, OperationType
from graphql.execution import Executor
from graphql.execution.executor import default_field_resolver, default_type_resolver
from graphql.execution.values import VariableValues
from strawberry import Schema
from strawberry.execution import optimized_is_awaitable

from gql.context import Context
from gql.documents.document import Document
from gql.executor.failures import Settling
from gql.executor.fields import LaterField, NowField
from gql.executor.plans import Plan, Plans
from gql.executor.run import Run
from gql.executor.selected import Selected
from gql.executor.variables import Variables

_NO_VARIABLES = VariableValues({}, {})


class CompiledExecutor:
    """Runs the operations of one schema, as far as it covers them."""

    def __init__(self, schema: Schema, *, most_errors: int, hide_suggestions: bool) -> None:
        """`most_errors` are told of variables that cannot be coerced."""
        self._schema = schema
        self._core_class: Any = schema.execution_context_class
        self._most_errors = most_errors
        self._hide_suggestions = hide_suggestions
        self._plans = Plans(schema, hide_suggestions=hide_suggestions)

    async def execute(
        self, document: Document, operation: OperationDefinitionNode, given: Mapping[str, Any], context: Context
    ) -> ExecutionResult | str:
        """The result of an operation of a valid document; or, as text, why it must be run by graphql-core.

        That is known before anything of it runs.
        """
        variables = _NO_VARIABLES
        if operation.variable_definitions:
            found = self._variables(document, operation).of(given)
            if isinstance(found, list):
                return ExecutionResult(None, found)
            variables = found
        plan = self._plans.of(document, operation, variables.coerced)
        if plan.root is None:
            return plan.reason or ""
        run = Run(context, variables, lambda: self._core(plan, variables, context))
        serially = operation.operation is OperationType.MUTATION
        return await (_in_order(plan.root, run) if serially else _at_once(plan.root, run))

    def _variables(self, document: Document, operation: OperationDefinitionNode) -> Variables:
        name = operation.name.value if operation.name else None
        found: Variables | None = document.variables.get(name)
        if found is None:
            found = document.variables[name] = Variables(
                self._schema._schema,  # noqa: SLF001 - graphql-core's, which Strawberry builds
                operation.variable_definitions or (),
                most_errors=self._most_errors,
                hide_suggestions=self._hide_suggestions,
            )
        return found

    def _core(self, plan: Plan, variables: VariableValues, context: Context) -> Executor[Any]:
        core = self._core_class(
            self._schema._schema,  # noqa: SLF001
            dict(plan.fragments),
            {},
            None,
            context,
            plan.operation,
            variables,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            is_awaitable=cast("Any", optimized_is_awaitable),
            hide_suggestions=self._hide_suggestions,
        )
        return cast("Executor[Any]", core)


async def _at_once(root: Selected, run: Run) -> ExecutionResult:
    [result] = root.column(run, [None])
    await run.finish()
    if not run.failed:
        return ExecutionResult(result, None)
    settling = Settling()
    data = settling.settle(result, root.shapes)
    return ExecutionResult(data, settling.errors)


async def _in_order(root: Selected, run: Run) -> ExecutionResult:
    """Each field with all that is selected of it before the next; none after a null that goes up to the root."""
    data: dict[str, Any] = {}
    settling = Settling()
    for key, field in root.fields.items():
        result: dict[str, Any] = {key: None}
        if isinstance(field, NowField):
            result[key] = field.column(run, [None])[0]
        elif isinstance(field, LaterField):
            field.start(run, [None], [result])
            await run.finish()
        if run.failed:
            run.failed = False
            settled = settling.settle(result, root.shapes)
            if settled is None:
                return ExecutionResult(None, settling.errors)
            result = settled
        data.update(result)
    return ExecutionResult(data, settling.errors or None)
