"""A document that was found valid: parsed, measured and checked once, whoever sends it again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode

from core.errors import OperationError


@dataclass(slots=True, eq=False)
class Document:
    """A valid document; `size` is the length of its text in bytes."""

    text: str
    node: DocumentNode
    operations: Mapping[str | None, OperationDefinitionNode]
    size: int
    trusted: bool = False
    costs: dict[object, int] = field(default_factory=dict)
    """What operations cost, by their names and the values that matter."""
    hints: dict[str | None, Any] = field(default_factory=dict)
    """What `@cacheControl` says of operations, by their names."""
    variables: dict[str | None, Any] = field(default_factory=dict)
    """What coerces the variables of operations, by their names."""
    deprecated: Any = None
    """What it uses of what is deprecated, once somebody has looked."""
    conditions: tuple[str, ...] | None = None
    """The variables that stand in `@skip` and `@include`, once somebody has looked."""

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation of this name; without a name, the only one.

        Raises:
            OperationError: there is none, or it is not clear which.

        """
        if name is None:
            if len(self.operations) == 1:
                return next(iter(self.operations.values()))
            raise OperationError("The document has several operations: name one in `operationName`.")
        if name not in self.operations:
            raise OperationError("The document has no operation of the name in `operationName`.")
        return self.operations[name]


class InvalidDocumentError(Exception):
    """A text that is no valid document; `errors` say why."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors
