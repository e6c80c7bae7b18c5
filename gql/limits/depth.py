"""How deep fields stand in each other.

`edges` and the `node` in it are one step, as `nodes` is: `{ posts { edges { node { title } } } }` is 3 deep. Fields of
the schema's own description have a bound of their own, which the query that every client sends passes.
"""

from collections.abc import Sequence

from graphql import DocumentNode, FieldNode

from core.errors import ErrorCode
from gql.limits.breach import check
from gql.limits.limits import Limits
from gql.limits.walk import Fold, operations_of

Depths = tuple[int, int]
"""Of fields, and of what stands below `__schema` or `__type`."""

_ADVICE = "Ask for less at once, and for the rest by `node(id:)`."


def check_depth(document: DocumentNode, limits: Limits) -> None:
    """Refuse a document that is too deep.

    Raises:
        LimitError: QUERY_TOO_DEEP.

    """
    fold: Fold[Depths] = Fold(document, _field, _deepest)
    for operation in operations_of(document):
        fields, described = fold.of(operation.selection_set)
        check(ErrorCode.QUERY_TOO_DEEP, fields, limits.depth, "Fields stand so deep in each other", _ADVICE)
        check(ErrorCode.QUERY_TOO_DEEP, described, limits.introspection_depth, "Introspection is so deep", _ADVICE)


def _field(node: FieldNode, below: Depths) -> Depths:
    name = node.name.value
    if name in ("__schema", "__type"):
        return 1, 1 + max(below)
    # An edge's node takes no arguments, the one at the root does.
    transparent = name == "node" and node.selection_set is not None and not node.arguments
    return below[0] + (not transparent), below[1]


def _deepest(depths: Sequence[Depths]) -> Depths:
    return max((one[0] for one in depths), default=0), max((one[1] for one in depths), default=0)
