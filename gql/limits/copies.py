"""How often one response key is selected in one place: `{ a a a … }`, and the same through fragments and nesting.

Copies answer nothing new, and each pair of them must be compared.
"""

from collections.abc import Iterator, Sequence

from graphql import DocumentNode, FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

from core.errors import ErrorCode
from gql.limits.breach import check
from gql.limits.limits import Limits
from gql.limits.walk import fragments_of, operations_of


def check_copies(document: DocumentNode, limits: Limits) -> None:
    """Refuse an operation that selects one response key too often in one place; run it after `check_selections`.

    Raises:
        LimitError: QUERY_TOO_LARGE.

    """
    for operation in operations_of(document):
        _Copies(document, limits).check([operation.selection_set])


class _Copies:
    def __init__(self, document: DocumentNode, limits: Limits) -> None:
        self._fragments = fragments_of(document)
        self._limits = limits
        # A fragment that spreads itself has no end; validation refuses it later.
        self._left = limits.selections

    def check(self, root: list[SelectionSetNode]) -> None:
        stack: list[list[SelectionSetNode]] = [root]
        while stack and self._left > 0:
            for nodes in self._by_key(stack.pop()).values():
                advice = "Select it once."
                check(ErrorCode.QUERY_TOO_LARGE, len(nodes), self._limits.copies, "Copies of one field", advice)
                below = [node.selection_set for node in nodes if node.selection_set is not None]
                if below:
                    stack.append(below)

    def _by_key(self, sets: Sequence[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """The fields of selection sets that are merged, by response key."""
        found: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        for node in self._fields(sets, spread):
            self._left -= 1
            found.setdefault((node.alias or node.name).value, []).append(node)
        return found

    def _fields(self, sets: Sequence[SelectionSetNode], spread: set[str]) -> Iterator[FieldNode]:
        stack = [*sets]
        while stack:
            for node in stack.pop().selections:
                if isinstance(node, FieldNode):
                    yield node
                elif isinstance(node, InlineFragmentNode):
                    stack.append(node.selection_set)
                elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                    spread.add(node.name.value)
                    fragment = self._fragments.get(node.name.value)
                    if fragment is not None:
                        stack.append(fragment.selection_set)
