"""What a client is told of an error: codes and messages that were meant for him, and nothing of any other."""

import structlog
from graphql import GraphQLError, GraphQLSyntaxError

from core.errors import BadInputError, ClientError, ErrorCode

_LOG = structlog.get_logger("broadsheet.graphql")


def present(error: GraphQLError, request_id: str) -> GraphQLError:
    """The error as the client may see it: with a code, and masked and logged unless it was meant to be seen."""
    original = _original(error)
    if original is None:
        syntax = isinstance(error, GraphQLSyntaxError)
        code = ErrorCode.GRAPHQL_PARSE_FAILED if syntax else ErrorCode.GRAPHQL_VALIDATION_FAILED
        return _with(error, error.message, code)
    if isinstance(original, ClientError):
        argument = list(original.argument) if isinstance(original, BadInputError) and original.argument else None
        return _with(error, original.message, original.code, argument)
    path = ".".join(map(str, error.path or ()))
    _LOG.error("resolver_failed", path=path, request_id=request_id, exc_info=original)
    return _with(
        error, f"Internal error; the log has it under request id {request_id}.", ErrorCode.INTERNAL_SERVER_ERROR
    )


def _original(error: GraphQLError) -> BaseException | None:
    """What a resolver raised; None for an error that graphql-core itself found in the request."""
    original = error.original_error
    while isinstance(original, GraphQLError):
        original = original.original_error
    return original


def _with(error: GraphQLError, message: str, code: ErrorCode, argument: list[str | int] | None = None) -> GraphQLError:
    extensions: dict[str, object] = {"code": code.value}
    if argument is not None:
        extensions["argument"] = argument
    return GraphQLError(message, error.nodes, error.source, error.positions, error.path, extensions=extensions)
