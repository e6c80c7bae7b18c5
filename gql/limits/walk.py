"""Documents, folded bottom up: a value for each selection set, each fragment computed once whatever spreads it.

So a measure of a document takes time in proportion to its text, although what it measures, the document with all
fragments written out, may be exponentially larger.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

T = TypeVar("T")


class Fold(Generic[T]):
    """A measure of selection sets.

    Args:
        document: whose fragments are meant.
        field: the measure of a field, given that of what stands below it.
        together: the measure of several selections side by side.

    """

    def __init__(
        self, document: DocumentNode, field: Callable[[FieldNode, T], T], together: Callable[[Sequence[T]], T]
    ) -> None:
        self._fragments = fragments_of(document)
        self._field = field
        self._together = together
        self._known: dict[str, T] = {}

    def of(self, selections: SelectionSetNode | None) -> T:
        """The measure of a selection set; a fragment that spreads itself, which validation refuses, counts once."""
        if selections is None:
            return self._together(())
        return self._together([self._one(node) for node in selections.selections])

    def _one(self, node: object) -> T:
        if isinstance(node, FieldNode):
            return self._field(node, self.of(node.selection_set))
        if isinstance(node, InlineFragmentNode):
            return self.of(node.selection_set)
        assert isinstance(node, FragmentSpreadNode)
        return self._fragment(node.name.value)

    def _fragment(self, name: str) -> T:
        if name not in self._known:
            self._known[name] = self._together(())
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._known[name] = self.of(fragment.selection_set)
        return self._known[name]


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The fragments of a document by name."""
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


def operations_of(document: DocumentNode) -> list[OperationDefinitionNode]:
    """The operations of a document."""
    return [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
