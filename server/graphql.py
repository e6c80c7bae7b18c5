"""GraphQL over HTTP, by POST and GET."""

from collections.abc import AsyncIterator
from typing import Any

import strawberry
from fastapi import Request
from strawberry.fastapi import GraphQLRouter
from strawberry.http import GraphQLHTTPResponse
from strawberry.types import ExecutionResult

from core.viewer import ANONYMOUS
from gql.context import Caller, Context, Services
from gql.errors import present
from server.request_id import request_id
from server.state import state_of


async def request_context(request: Request) -> AsyncIterator[Context]:
    """A context for one request, whose batches end with it."""
    services = Services(state_of(request).database, None, None)
    caller = Caller(request.client.host if request.client else "", request.headers.get("user-agent"))
    context = Context(services, ANONYMOUS, caller, request_id(request))
    try:
        yield context
    finally:
        context.close()


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
