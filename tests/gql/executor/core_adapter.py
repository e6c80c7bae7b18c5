"""A plugin for pytest by which graphql-core's own execution tests run the compiled executor.

It stands in for `execute` and `execute_sync`, and for nothing else; what is not covered goes on to graphql-core, and
why is noted. Those tests have schemas without Strawberry and root values, which the executor knows nothing of: every
field gets a resolver that does what graphql-core does where there is none, or where the parent is the root.

It is loaded by name, in a process of its own: there `tests` are graphql-core's.
"""

import json
import os
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextvars import ContextVar
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import graphql
import pytest
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    validate,
)
from graphql.execution import Executor
from graphql.execution import execute as core_execute
from graphql.execution import execute_sync as core_execute_sync
from graphql.execution.executor import default_field_resolver

from gql.documents.document import Document
from gql.executor import values
from gql.executor.execution import CompiledExecutor
from gql.executor.run import Run
from gql.executor.values import OneOf

KNOWN_OPTIONS = {"root_value", "context_value", "variable_values", "operation_name", "hide_suggestions", "check_sync"}
ORDER = ("root_value", "context_value", "variable_values", "operation_name", "field_resolver", "type_resolver")

Paths = list[str]
_taken: Paths = []
"""By which way each operation of the running test went: `compiled`, or why not."""
_root: ContextVar[Any] = ContextVar("root", default=None)
_promised = False
"""Whether a resolver of the running operation promised anything."""


class Resolver:
    """A field's own resolver, or graphql-core's default; at the root, of the root value."""

    def __init__(self, own: Callable[..., Any] | None, *, of_root: bool) -> None:
        self.own = own or default_field_resolver
        self.of_root = of_root

    def __call__(self, source: Any, info: Any, **arguments: Any) -> Any:
        if self.of_root and info.path.prev is None:
            source = info.root_value
        return self.own(source, info, **arguments)


class Compiled(CompiledExecutor):
    """The compiled executor, whose infos know the root value."""

    def _core(self, *given: Any) -> Executor[Any]:
        core = super()._core(*given)
        core.root_value = _root.get()
        return core


def compiled(schema: GraphQLSchema, *, hide_suggestions: bool = False) -> Compiled:
    """The executor of a schema without Strawberry; every field of that gets a `Resolver`."""
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            of_root = type_ in (schema.query_type, schema.mutation_type)
            for field in type_.fields.values():
                if not isinstance(field.resolve, Resolver):
                    field.resolve = Resolver(field.resolve, of_root=of_root)
    stub: Any = SimpleNamespace(_schema=schema, execution_context_class=Executor)
    return Compiled(stub, most_errors=50, hide_suggestions=hide_suggestions)


class Continued(Awaitable[Any]):
    """A coroutine that was run up to its first wait."""

    def __init__(self, coroutine: Any, first: Any) -> None:
        self._coroutine = coroutine
        self._first = first

    def __await__(self) -> Generator[Any, Any, Any]:
        waited_for = self._first
        while True:
            try:
                sent = yield waited_for
            except BaseException as error:  # noqa: BLE001 - the coroutine's own matter
                step, value = self._coroutine.throw, error
            else:
                step, value = self._coroutine.send, sent
            try:
                waited_for = step(value)
            except StopIteration as done:
                return done.value


async def _done(result: Any) -> Any:
    return result


def _why_not(schema: GraphQLSchema, document: DocumentNode, options: Mapping[str, Any]) -> str | None:
    """Why an operation never comes to the executor; None where it does."""
    unknown = sorted(name for name in options.keys() - KNOWN_OPTIONS if options[name] is not None)
    if unknown:
        return f"called with {', '.join(unknown)}"
    if schema.get_directive("defer") or schema.get_directive("stream"):
        return "the schema answers in parts"
    try:
        errors = validate(schema, document)
    except (GraphQLError, TypeError, RecursionError) as error:
        return f"cannot be validated: {type(error).__name__}"
    return "the document is not valid" if errors else None


def _run(schema: GraphQLSchema, document: DocumentNode, options: Mapping[str, Any]) -> tuple[Any, bool]:
    """What the compiled executor answers, or promises; and whether it is the answer. As text, why not."""
    global _promised  # noqa: PLW0603 - of one test at a time
    executor = compiled(schema, hide_suggestions=bool(options.get("hide_suggestions")))
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    named = {one.name.value if one.name else None: one for one in operations}
    name = options.get("operation_name")
    if (name is None and len(named) != 1) or (name is not None and name not in named):
        return "no operation is chosen", True
    operation = named[name] if name is not None else operations[0]
    _root.set(options.get("root_value"))
    _promised = False
    context: Any = options.get("context_value")
    given = options.get("variable_values") or {}
    coroutine = executor.execute(Document("", document, named, 0), operation, given, context)
    try:
        first = coroutine.send(None)
    except StopIteration as done:
        return done.value, True
    return Continued(coroutine, first), False


def _options(given: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    return {**dict(zip(ORDER, given, strict=False)), **named}


def execute(schema: Any, document: Any, *given: Any, **named: Any) -> Any:
    """As graphql-core's."""
    options = _options(given, named)
    why_not = _why_not(schema, document, options)
    if why_not is None:
        result, is_there = _run(schema, document, options)
        if not isinstance(result, str):
            _taken.append("compiled")
            return _done(result) if is_there and _promised else result
        why_not = result
    _taken.append(why_not)
    return core_execute(schema, document, *given, **named)


def execute_sync(schema: Any, document: Any, *given: Any, **named: Any) -> ExecutionResult:
    """As graphql-core's."""
    options = _options(given, named)
    why_not = _why_not(schema, document, options)
    if why_not is None:
        result, is_there = _run(schema, document, options)
        if not isinstance(result, str):
            _taken.append("compiled")
            if not is_there or _promised:
                raise RuntimeError("GraphQL execution failed to complete synchronously.")
            assert isinstance(result, ExecutionResult)
            return result
        why_not = result
    _taken.append(why_not)
    return core_execute_sync(schema, document, *given, **named)


def _notes_promises(wait_for: Any) -> Any:
    def noting(self: Run, *given: Any) -> Any:
        global _promised  # noqa: PLW0603
        _promised = True
        return wait_for(self, *given)

    return noting


def _forgets(name: Any) -> Any:
    def forgetting(self: OneOf, run: Run, value: Any) -> Any:
        found = name(self, run, value)
        self._names.clear()
        return found

    return forgetting


def pytest_configure() -> None:
    """Put them in, before any test imports the real ones."""
    Run.wait_for = _notes_promises(Run.wait_for)  # type: ignore[method-assign]
    if os.environ.get("CORE_SUITE_CLASSES") != "remembered":
        # Theirs tell the types of dicts by what is in them.
        values.remember = lambda _classes, _one: None  # type: ignore[assignment]
        OneOf._name = _forgets(OneOf._name)  # type: ignore[method-assign]
    for module in (graphql, graphql.execution):
        module.execute, module.execute_sync = execute, execute_sync  # type: ignore[attr-defined]


_report: dict[str, dict[str, Any]] = {}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, None, None]:
    """Note by which ways the operations of a test went."""
    _taken.clear()
    yield
    _report.setdefault(item.nodeid, {})["ways"] = list(_taken)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how a test ended."""
    found = _report.setdefault(report.nodeid, {})
    if report.when == "call" or report.failed or report.skipped:
        found["outcome"] = report.outcome
        found["text"] = report.longreprtext[-3000:]


def pytest_unconfigure() -> None:
    """Write the notes to where the environment says."""
    Path(os.environ["CORE_SUITE_REPORT"]).write_text(json.dumps(_report, indent=1))
