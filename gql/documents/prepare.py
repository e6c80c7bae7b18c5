"""From a text to a valid document, in the order of what it costs: first what is cheap and says no to most abuse."""

from collections.abc import Callable, Sequence
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    parse,
    validate,
)
from graphql.validation import specified_rules
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from core.errors import ErrorCode, LimitError
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

_CHECKS: tuple[Callable[[DocumentNode, Limits], None], ...] = (
    check_operations,
    check_directives,
    check_depth,
    check_selections,
    check_aliases,
    check_root_fields,
    check_copies,
)
_TOO_MANY_TOKENS = "Document contains more than"


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
            raise LimitError(ErrorCode.QUERY_TOO_LARGE, message, self._limits.document, size)
        try:
            node = self._parse(text, trusted=trusted)
            if not trusted:
                for check in _CHECKS:
                    check(node, self._limits)
            errors = validate(
                self._schema, node, self._rules, max_errors=self._limits.errors, hide_suggestions=not self._suggest
            )
        except RecursionError:
            message = "The document's braces or brackets stand so deep in each other that it cannot be read."
            raise LimitError(ErrorCode.QUERY_TOO_DEEP, message, self._limits.depth, self._limits.depth + 1) from None
        if errors:
            raise InvalidDocumentError(errors[: self._limits.errors])
        operations = {one.name.value if one.name else None: one for one in operations_of(node)}
        if not operations:
            raise InvalidDocumentError([GraphQLError("The document has no operation.")])
        return Document(text, node, operations, size, trusted)

    def _parse(self, text: str, *, trusted: bool) -> DocumentNode:
        try:
            return parse(text, max_tokens=None if trusted else self._limits.tokens)
        except GraphQLSyntaxError as error:
            if _TOO_MANY_TOKENS in error.message:
                limit = self._limits.tokens
                message = f"The document has more than {limit} tokens. Ask for less at once."
                raise LimitError(ErrorCode.QUERY_TOO_LARGE, message, limit, limit + 1) from None
            raise InvalidDocumentError([error]) from None
