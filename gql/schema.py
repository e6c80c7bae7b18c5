"""The schema, put together of what each entity brings."""

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from gql.comments.types import Comment
from gql.posts.queries import PostQueries
from gql.posts.types import Post
from gql.relay.queries import NodeQueries
from gql.revisions.types import Revision
from gql.scalars import SCALARS
from gql.tags.queries import TagQueries
from gql.tags.types import Tag
from gql.users.queries import UserQueries
from gql.users.types import User


@strawberry.type(description="Everything that can be read.")
class Query(NodeQueries, PostQueries, TagQueries, UserQueries):
    """The root fields of all entities."""


class Schema(strawberry.Schema):
    """Strawberry's, that leaves the logging of errors to `gql.errors`, which knows what is a fault."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing: Strawberry would write what the client sent, and a traceback for his every mistake."""


def build_schema() -> strawberry.Schema:
    """A schema of its own for each application, for nothing is made on import."""
    return Schema(
        query=Query,
        types=[User, Post, Tag, Comment, Revision],
        config=StrawberryConfig(scalar_map=SCALARS),
    )


def schema_text(schema: strawberry.Schema) -> str:
    """What schema.graphql holds."""
    return schema.as_str().rstrip() + "\n"
