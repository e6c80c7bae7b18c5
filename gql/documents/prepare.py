"""From a text to a valid document, in the order of what it costs: first what is cheap and says no to most abuse."""

from collections.abc import Callable, Sequence
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    KnownFragmentNamesRule,
    NoFragmentCyclesRule,
    NoSchemaIntrospectionCustomRule,
    NoUnusedFragmentsRule,
    parse,
    validate,
)
from graphql.validation import specified_rules
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from core.errors import ErrorCode, LimitError, TooLargeError
from gql.documents.document import Document, InvalidDocumentError
from gql.limits.copies import check_copies
from gql.limits.counts import (
    check_aliases,
    check_directives,
    check_operations,
    check_root_fields,
    check_selections,
)
from gql.limits.depth import check_depth
from gql.limits.limits import Limits
from gql.limits.walk import operations_of

_CHECKS_OF_TEXT: tuple[Callable[[DocumentNode, Limits], None], ...] = (check_operations, check_directives)
_RULES_OF_FRAGMENTS = (KnownFragmentNamesRule, NoFragmentCyclesRule, NoUnusedFragmentsRule)
"""Cheap, and what they let through the other checks can measure."""
_CHECKS: tuple[Callable[[DocumentNode, Limits], None], ...] = (
    check_depth,
    check_selections,
    check_aliases,
    check_root_fields,
    check_copies,
)
_ABORTED = "Validation aborted."
_TOO_MANY_TOKENS = "Syntax Error: Document contains more than "


class Preparer:
    """Prepares the documents of one schema."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, suggest: bool, introspection: bool) -> None:
        self._schema = schema
        self._limits = limits
        self._suggest = suggest
        rules: list[Any] = [*specified_rules, OneOfInputValidationRule, MaybeNullValidationRule]
        self._rules: Sequence[Any] = rules if introspection else [*rules, NoSchemaIntrospectionCustomRule]

    def prepare(self, text: str, *, trusted: bool = False) -> Document:
        """Parse, measure and validate; a trusted document is not measured.

        Raises:
            InvalidDocumentError: it is no GraphQL, or does not fit the schema.
            LimitError: it goes beyond a limit.

        """
        size = len(text.encode(errors="surrogatepass"))
        if not trusted and size > self._limits.document:
            message = f"The document has {size} bytes, and {self._limits.document} are allowed. Ask for less at once."
            raise TooLargeError(message, self._limits.document, size)
        try:
            node = self._parse(text, trusted=trusted)
            errors = self._errors(node, trusted=trusted)
        except RecursionError:
            message = "The document's braces or brackets stand so deep in each other that it cannot be read."
            raise LimitError(ErrorCode.QUERY_TOO_DEEP, message, self._limits.depth, self._limits.depth + 1) from None
        if errors:
            raise InvalidDocumentError(errors[: self._limits.errors])
        operations = {one.name.value if one.name else None: one for one in operations_of(node)}
        if not operations:
            raise InvalidDocumentError([GraphQLError("The document has no operation.")])
        return Document(text, node, operations, size, trusted)

    def _errors(self, node: DocumentNode, *, trusted: bool) -> list[GraphQLError]:
        """What is wrong with a document, as far as anybody wants to know."""
        most, hide = self._limits.errors, not self._suggest
        if not trusted:
            for check in _CHECKS_OF_TEXT:
                check(node, self._limits)
            errors = validate(self._schema, node, _RULES_OF_FRAGMENTS, max_errors=most)
            if errors:
                return errors
            for check in _CHECKS:
                check(node, self._limits)
        errors = validate(self._schema, node, self._rules, max_errors=most, hide_suggestions=hide)
        if len(errors) == 1 and errors[0].message == _ABORTED:
            return [GraphQLError("Fields overlap in too many ways to be compared. Ask for less at once.")]
        return errors

    def _parse(self, text: str, *, trusted: bool) -> DocumentNode:
        try:
            return parse(text, max_tokens=None if trusted else self._limits.tokens)
        except GraphQLSyntaxError as error:
            if error.message.startswith(_TOO_MANY_TOKENS):
                limit = self._limits.tokens
                message = f"The document has more than {limit} tokens. Ask for less at once."
                raise LimitError(ErrorCode.QUERY_TOO_LARGE, message, limit, limit + 1) from None
            raise InvalidDocumentError([error]) from None
