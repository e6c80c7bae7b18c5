"""The same operation by both executors, and what may not differ between what they answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import strawberry
from graphql import ExecutionResult, GraphQLError

from core.settings import Settings
from core.viewer import Viewer
from db.database import Database
from gql.context import Context
from gql.documents.document import Document
from gql.executor.execution import CompiledExecutor
from gql.operations import Operations
from tests.fixtures.viewers import context_for

Path = tuple[str | int, ...]
Told = tuple[Path, str, tuple[tuple[int, int], ...]]
"""Path, message and locations of an error."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an execution came to, and what it left behind."""

    result: ExecutionResult
    context: Context

    @property
    def text(self) -> str:
        """The data as JSON, in the order of its keys."""
        return json.dumps(self.result.data, indent=1, default=datetime.isoformat)

    @property
    def errors(self) -> set[Told]:
        return {_told(error) for error in self.result.errors or ()}


class Twins:
    """Both executors over one schema."""

    def __init__(self, schema: strawberry.Schema, settings: Settings) -> None:
        self.compiled = CompiledExecutor(schema, most_errors=10, hide_suggestions=True)
        self.compared = 0
        """How many operations were run by the compiled executor."""
        self.core = Operations(schema, settings.model_copy(update={"executor": "graphql-core"}), suggest=False)

    async def run(
        self, document: Document, variables: Mapping[str, Any], database: Database, viewer: Viewer
    ) -> tuple[Outcome, Outcome]:
        """By graphql-core, and compiled."""
        expected = await self.half(document, variables, database, viewer, compiled=False)
        return expected, await self.half(document, variables, database, viewer, compiled=True)

    async def half(
        self, document: Document, variables: Mapping[str, Any], database: Database, viewer: Viewer, *, compiled: bool
    ) -> Outcome:
        """By one of them."""
        context, operation = context_for(database, viewer), document.operation(None)
        try:
            if not compiled:
                return Outcome(await self.core.run_by_core(document, operation, variables, context), context)
            self.compared += 1
            found = await self.compiled.execute(document, operation, variables, context)
        finally:
            context.close()
        assert isinstance(found, ExecutionResult), f"graphql-core had to run it: {found}"
        return Outcome(found, context)


def differences(expected: Outcome, found: Outcome) -> str | None:
    """What a client could tell them apart by; None where he could not.

    Below a place to which a null went up, either may tell of any of the errors, but it must tell of one: which come
    first is not specified, and none need be told after the first (specification, "Handling Execution Errors").
    """
    if expected.text != found.text:
        return f"data: {expected.text}\n≠ {found.text}"
    if (expected.result.errors is None) != (found.result.errors is None):
        return f"errors: {expected.result.errors} ≠ {found.result.errors}"
    wide = {_nulled(expected.result.data, path) for path, _, _ in expected.errors | found.errors} - {None}
    for errors in (expected.errors, found.errors):
        for place in wide:
            if not any(path[: len(place)] == place for path, _, _ in errors if place is not None):
                return f"no error tells of the null at {place}: {errors}"
    sure = [{told for told in errors if not _is_below(told[0], wide)} for errors in (expected.errors, found.errors)]
    if sure[0] != sure[1]:
        return f"errors: {sure[0] - sure[1]} ≠ {sure[1] - sure[0]}"
    return None


def _told(error: GraphQLError) -> Told:
    locations = tuple((one.line, one.column) for one in error.locations or ())
    return tuple(error.path or ()), error.message, locations


def _nulled(data: Any, path: Path) -> Path | None:
    """Where the null of an error went up to; None where it stayed."""
    for length, part in enumerate(path):
        if data is None:
            return path[:length]
        data = data[part]
    return None


def _is_below(path: Path, places: set[Path | None]) -> bool:
    return any(place is not None and path[: len(place)] == place for place in places)
