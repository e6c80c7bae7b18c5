"""Which variables matter to what is told of an event, and which only to where the events come from."""

from graphql import DocumentNode, FieldNode, Node, OperationDefinitionNode, VariableNode, Visitor, visit

from gql.limits.walk import fragments_of


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.names.add(node.name.value)


def variables_below_root(document: DocumentNode, operation: OperationDefinitionNode) -> set[str]:
    """The names of the variables that stand anywhere but in the arguments of the operation's own fields.

    What stands in fragments counts, be it the arguments of such a field.
    """
    found = _Variables()
    nodes: list[Node] = [*fragments_of(document).values()]
    for selection in operation.selection_set.selections:
        if isinstance(selection, FieldNode):
            nodes += [*(selection.directives or ())]
            if selection.selection_set is not None:
                nodes.append(selection.selection_set)
        else:
            nodes.append(selection)
    for node in nodes:
        visit(node, found)
    return found.names
