"""Documents with all fragments written out, and measures of those that need no cleverness."""

from collections.abc import Iterator
from dataclasses import replace

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    parse,
)

from core.settings import Settings, load_settings
from gql.documents.prepare import Preparer
from gql.limits.limits import Limits
from gql.schema import build_schema


def settings_with(**overrides: object) -> Settings:
    """Settings of an application that is never started."""
    servers = {"database_url": "postgresql://x", "redis_url": "redis://x"}
    return load_settings(**servers, token_keys="test:0123456789abcdefghijklmnopqrstuvwxyz", **overrides)


DEFAULTS = Limits.of(settings_with())

SCHEMA = build_schema()._schema

_BOUNDLESS = 10**12


def preparer(limits: Limits = DEFAULTS) -> Preparer:
    """As in production, with introspection."""
    return Preparer(SCHEMA, limits, suggest=False, introspection=True)


def only(**limits: int) -> Limits:
    """No limits but these."""
    names = Limits.__slots__
    return replace(Limits(**dict.fromkeys(names, _BOUNDLESS)), **limits)


def inlined(document: DocumentNode) -> DocumentNode:
    """The document's operations, with an inline fragment in the place of each spread."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    return DocumentNode(
        definitions=tuple(
            OperationDefinitionNode(
                operation=one.operation,
                name=one.name,
                variable_definitions=one.variable_definitions,
                directives=one.directives,
                selection_set=_set(one.selection_set, fragments),
            )
            for one in operations
        )
    )


def _set(selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]) -> SelectionSetNode:
    return SelectionSetNode(selections=tuple(_inlined(one, fragments) for one in selections.selections))


def _inlined(node: SelectionNode, fragments: dict[str, FragmentDefinitionNode]) -> SelectionNode:
    if isinstance(node, FragmentSpreadNode):
        fragment = fragments[node.name.value]
        return InlineFragmentNode(
            type_condition=fragment.type_condition,
            directives=node.directives,
            selection_set=_set(fragment.selection_set, fragments),
        )
    if isinstance(node, InlineFragmentNode):
        return InlineFragmentNode(
            type_condition=node.type_condition,
            directives=node.directives,
            selection_set=_set(node.selection_set, fragments),
        )
    assert isinstance(node, FieldNode)
    if node.selection_set is None:
        return node
    return FieldNode(
        alias=node.alias,
        name=node.name,
        arguments=node.arguments,
        directives=node.directives,
        selection_set=_set(node.selection_set, fragments),
    )


def fields(selections: SelectionSetNode | None) -> Iterator[FieldNode]:
    """The fields of one place in an inlined document."""
    for node in selections.selections if selections is not None else ():
        if isinstance(node, FieldNode):
            yield node
        else:
            assert isinstance(node, InlineFragmentNode)
            yield from fields(node.selection_set)


def all_fields(selections: SelectionSetNode | None) -> Iterator[FieldNode]:
    """The fields of an inlined document at any depth."""
    for node in fields(selections):
        yield node
        yield from all_fields(node.selection_set)


def operation_of(text: str) -> SelectionSetNode:
    """What the one operation of a document selects, its fragments written out."""
    [operation] = inlined(parse(text)).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation.selection_set
