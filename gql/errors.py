"""What a client is told of an error: codes and messages that were meant for him, and nothing of any other."""

import structlog
from graphql import GraphQLError, GraphQLSyntaxError

from core.errors import BadInputError, ClientError, ErrorCode

LONGEST_MESSAGE = 500
"""Characters; what a client sent may stand in it."""

_LOG = structlog.get_logger("broadsheet.graphql")


def present(error: GraphQLError, request_id: str) -> GraphQLError:
    """The error as the client may see it: with a code, and masked and logged unless it was meant to be seen."""
    original = _original(error)
    if original is None:
        return present_invalid(error)
    if isinstance(original, ClientError):
        argument = list(original.argument) if isinstance(original, BadInputError) and original.argument else None
        return _with(error, original.message, original.code, argument)
    if isinstance(original, RecursionError):
        return _with(error, "Values stand so deep in each other that they cannot be read.", ErrorCode.BAD_USER_INPUT)
    path = ".".join(map(str, error.path or ()))
    _LOG.error("resolver_failed", path=path, request_id=request_id, exc_info=original)
    return _with(
        error, f"Internal error; the log has it under request id {request_id}.", ErrorCode.INTERNAL_SERVER_ERROR
    )


def present_invalid(error: GraphQLError) -> GraphQLError:
    """The error of a document that was never run: what it says is about the client's own words."""
    syntax = isinstance(error, GraphQLSyntaxError)
    return _with(
        error, error.message, ErrorCode.GRAPHQL_PARSE_FAILED if syntax else ErrorCode.GRAPHQL_VALIDATION_FAILED
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
    if len(message) > LONGEST_MESSAGE:
        message = f"{message[:LONGEST_MESSAGE]}…"
    return GraphQLError(message, error.nodes, error.source, error.positions, error.path, extensions=extensions)
