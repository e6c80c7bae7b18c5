"""GraphQL over HTTP, by POST and GET."""

from collections.abc import AsyncIterator
from typing import Any

import strawberry
from fastapi import Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from strawberry.fastapi import GraphQLRouter
from strawberry.http import GraphQLHTTPResponse
from strawberry.types import ExecutionResult

from core.errors import ClientError, UnauthenticatedError
from gql.context import Caller, Context
from gql.errors import present
from server.authentication import authenticate
from server.request_id import request_id
from server.state import state_of


class RefusedRequestError(HTTPException):
    """A request that is answered with an error before anything of it runs."""

    def __init__(self, status: int, error: ClientError) -> None:
        super().__init__(status, error.message)
        self.error = error


async def request_context(request: Request) -> AsyncIterator[Context]:
    """A context for one request, whose batches end with it."""
    services = state_of(request).services
    try:
        header = request.headers.get("authorization")
        viewer = await authenticate(header, services.access_tokens, services.database)
    except UnauthenticatedError as error:
        raise RefusedRequestError(401, error) from error
    except ClientError as error:
        raise RefusedRequestError(503, error) from error
    caller = Caller(request.client.host if request.client else "", request.headers.get("user-agent"))
    context = Context(services, viewer, caller, request_id(request))
    try:
        yield context
    finally:
        context.close()


async def refused(_request: Request, refusal: Exception) -> Response:
    """The answer to a request that was refused."""
    assert isinstance(refusal, RefusedRequestError)
    error = refusal.error
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, UnauthenticatedError) else None
    body = {"errors": [{"message": error.message, "extensions": {"code": error.code.value}}]}
    return JSONResponse(body, refusal.status_code, headers)


class GraphQLEndpoint(GraphQLRouter[Context, None]):
    """Strawberry's router, with our errors."""

    def __init__(self, schema: strawberry.Schema) -> None:
        # FastAPI takes a dependency that yields, whatever the annotation says.
        getter: Any = request_context
        super().__init__(schema, context_getter=getter, graphql_ide=None)

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """The body of the answer."""
        # A request that was never executed has no data, not even null (GraphQL specification, Response Format).
        unexecuted = result.data is None and not any(error.path for error in result.errors or ())
        body: GraphQLHTTPResponse = {} if unexecuted else {"data": result.data}
        if result.errors:
            number = request_id(request)
            body["errors"] = [present(error, number).formatted for error in result.errors]
        return body
