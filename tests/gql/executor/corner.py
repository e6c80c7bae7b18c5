"""Random operations over the schema of corner cases by both executors, each plan with several sets of variables."""

from collections.abc import AsyncIterator
from inspect import isawaitable
from typing import Any

from graphql import GraphQLSchema, execute, parse, validate

from gql.documents.document import Document
from tests.gql.executor.core_adapter import Compiled
from tests.gql.executor.odd import Odd, random_operation
from tests.gql.executor.twins import Outcome, differences

NOT_COVERED = "differs of Thing may be null in some of its types only"


async def compared(
    schema: GraphQLSchema, executor: Compiled, kind: str, seed: int
) -> AsyncIterator[tuple[str, str | None, bool]]:
    """For each set of variables the operation, the difference if there is one, and whether anything failed."""
    operation = random_operation(schema, kind, seed)
    node = parse(operation.text)
    assert not validate(schema, node), operation.text
    definition: Any = node.definitions[0]
    document = Document(operation.text, node, {None: definition}, len(operation.text))
    nowhere: Any = None
    for given in operation.variables:
        odd, found_odd = Odd(seed), Odd(seed)
        promised: Any = execute(schema, node, context_value=odd, variable_values=dict(given))
        expected = await promised if isawaitable(promised) else promised
        context: Any = found_odd
        found = await executor.execute(document, definition, given, context)
        text = f"{operation.text} {given}"
        if isinstance(found, str):
            assert found.endswith(NOT_COVERED)
            continue
        difference = differences(Outcome(expected, nowhere), Outcome(found, nowhere))
        if difference is None and odd.order != found_odd.order:
            difference = f"order: {odd.order} ≠ {found_odd.order}"
        yield text, difference, bool(expected.errors)
