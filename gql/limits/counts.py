"""How many selections, aliases, root fields, directives and operations a document has, its fragments written out."""

from graphql import DocumentNode, FieldNode, Node, OperationDefinitionNode, SelectionSetNode

from core.errors import ErrorCode
from gql.limits.breach import check
from gql.limits.limits import Limits
from gql.limits.walk import Fold, operations_of

_LARGE = ErrorCode.QUERY_TOO_LARGE


def check_operations(document: DocumentNode, limits: Limits) -> None:
    """Refuse a document of too many operations.

    Raises:
        LimitError: QUERY_TOO_LARGE.

    """
    number = len(operations_of(document))
    check(_LARGE, number, limits.operations, "Operations in the document", "Send the one that you run.")


def check_directives(document: DocumentNode, limits: Limits) -> None:
    """Refuse a document of too many directives, wherever they stand.

    Raises:
        LimitError: QUERY_TOO_LARGE.

    """
    check(_LARGE, _directives(document), limits.directives, "Directives in the document", "Leave some out.")


def check_selections(document: DocumentNode, limits: Limits) -> None:
    """Refuse an operation that, with its fragments written out, selects too many fields.

    Raises:
        LimitError: QUERY_TOO_LARGE.

    """
    fold: Fold[int] = Fold(document, lambda _, below: 1 + below, sum)
    for operation in operations_of(document):
        number = fold.of(operation.selection_set)
        check(_LARGE, number, limits.selections, "Fields with all fragments written out", "Spread fewer fragments.")


def check_aliases(document: DocumentNode, limits: Limits) -> None:
    """Refuse an operation of too many aliases, those of its fragments included each time they are spread.

    Raises:
        LimitError: QUERY_TOO_LARGE.

    """
    fold: Fold[int] = Fold(document, lambda node, below: (node.alias is not None) + below, sum)
    for operation in operations_of(document):
        check(_LARGE, fold.of(operation.selection_set), limits.aliases, "Aliases", "Ask in several requests.")


def check_root_fields(document: DocumentNode, limits: Limits) -> None:
    """Refuse an operation of too many fields at its root.

    Raises:
        LimitError: QUERY_TOO_LARGE.

    """
    fold: Fold[int] = Fold(document, _one, sum)
    for operation in operations_of(document):
        number = fold.of(operation.selection_set)
        check(_LARGE, number, limits.root_fields, "Fields at the root", "Ask in several requests.")


def _one(_node: FieldNode, _below: int) -> int:
    return 1


def _directives(document: DocumentNode) -> int:
    """Directives on operations, variables, fields and fragments; a stack of our own, for documents may be deep."""
    stack: list[Node] = [*document.definitions]
    number = 0
    while stack:
        node = stack.pop()
        number += len(getattr(node, "directives", None) or ())
        selections: SelectionSetNode | None = getattr(node, "selection_set", None)
        stack += selections.selections if selections is not None else ()
        if isinstance(node, OperationDefinitionNode):
            stack += node.variable_definitions or ()
    return number
