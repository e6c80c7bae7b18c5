"""What a resolver can reach: the loaders of its request, and who asks. No session, no cache."""

from typing import Any

import strawberry
from graphql import GraphQLResolveInfo
from strawberry.fastapi import BaseContext

from core.viewer import Viewer
from loaders.registry import Loaders


class Context(BaseContext):
    """One per request."""

    def __init__(self, loaders: Loaders, viewer: Viewer, request_id: str) -> None:
        super().__init__()
        self.loaders = loaders
        self.viewer = viewer
        self.request_id = request_id
        # What a selection needs is the same for every parent: found once, under the nodes of the selection.
        self.found_for: dict[Any, Any] = {}


Info = strawberry.Info[Context, None]

RawInfo = GraphQLResolveInfo[Any]
"""graphql-core's own, with the nodes of the selection; Strawberry passes the variables as a plain mapping."""
