"""Plans, by operation and by the values of the variables that `@skip` and `@include` look at."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLIncludeDirective,
    GraphQLSkipDirective,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    visit,
)
from strawberry import Schema

from core.segmented import Segmented
from gql.documents.document import Document
from gql.executor.compiler import Compiler, NotCoveredError
from gql.executor.selected import Selected
from gql.limits.walk import fragments_of

MOST_PLANS = 2_000
MOST_FIELDS = 100_000
"""Of all plans together; a field takes about a kilobyte."""
LARGEST_PLAN = MOST_FIELDS // 10
"""A larger one counts as so large: it is kept, too."""

_CONDITIONS = (GraphQLSkipDirective.name, GraphQLIncludeDirective.name)
_INCREMENTAL = ("defer", "stream")


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How an operation is run: `root` by fields, or, where that is None, by graphql-core, for a `reason`."""

    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    root: Selected | None
    size: int
    reason: str | None = None


class Plans:
    """Plans of one schema, with their documents; those that are used again stay, however many are used once."""

    def __init__(self, schema: Schema, *, hide_suggestions: bool) -> None:
        self._schema = schema
        self._hide_suggestions = hide_suggestions
        self._plans: Segmented[Hashable, Plan] = Segmented(MOST_PLANS, MOST_FIELDS)

    def of(self, document: Document, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Plan:
        """The plan of an operation of a valid document; `variables` are coerced."""
        names = _conditions_of(document)
        key = (document, id(operation), tuple([variables.get(name) for name in names]))
        plan = self._plans.get(key)
        if plan is None:
            conditions = {name: variables[name] for name in names if name in variables}
            plan = self._compiled(document, operation, conditions)
            self._plans.put(key, plan)
        return plan

    def _compiled(self, document: Document, operation: OperationDefinitionNode, conditions: Mapping[str, Any]) -> Plan:
        fragments = fragments_of(document.node)
        compiler = Compiler(self._schema, fragments, operation, conditions, hide_suggestions=self._hide_suggestions)
        try:
            _check_covered(document, operation, fragments)
            root = compiler.root()
        except NotCoveredError as error:
            return Plan(operation, fragments, None, 1, str(error))
        except GraphQLError as error:
            return Plan(operation, fragments, None, 1, f"a condition cannot be coerced: {error.message}")
        return Plan(operation, fragments, root, min(compiler.size, LARGEST_PLAN))


def _check_covered(
    document: Document, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> None:
    if operation.operation is OperationType.SUBSCRIPTION:
        raise NotCoveredError("it is a subscription")
    if operation.directives:
        raise NotCoveredError("the operation has directives")
    if any(one.variable_definitions for one in fragments.values()):
        raise NotCoveredError("fragments have variables")
    directives = _Directives()
    visit(document.node, directives)
    if directives.names & {*_INCREMENTAL}:
        raise NotCoveredError("it is answered in parts")


def _conditions_of(document: Document) -> tuple[str, ...]:
    """The variables in conditions, of all operations of a document; looked for once."""
    if document.conditions is None:
        directives = _Directives()
        visit(document.node, directives)
        document.conditions = tuple(sorted(directives.conditions))
    return document.conditions


class _Directives(Visitor):
    """The names of the directives of a document, and the variables in its conditions."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.conditions: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        self.names.add(node.name.value)
        if node.name.value in _CONDITIONS:
            values = [one.value for one in node.arguments or ()]
            self.conditions.update(value.name.value for value in values if isinstance(value, VariableNode))
