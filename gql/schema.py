"""The schema, put together of what each entity brings."""

from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from gql.accounts.mutations import AccountMutations
from gql.accounts.queries import AccountQueries
from gql.accounts.sessions import SessionMutations
from gql.accounts.types import Session, Viewer
from gql.caching.hint_rules import check_hints
from gql.caching.mutations import CacheMutations
from gql.comments.mutations import CommentMutations
from gql.comments.subscriptions import CommentSubscriptions
from gql.comments.types import Comment
from gql.limits.queries import LimitQueries
from gql.mutations.errors import ERRORS
from gql.mutations.idempotent import idempotent
from gql.posts.bulk import BulkPostMutations
from gql.posts.mutations import PostMutations
from gql.posts.queries import PostQueries
from gql.posts.subscriptions import PostSubscriptions
from gql.posts.types import Post
from gql.relay.queries import NodeQueries
from gql.revisions.types import Revision
from gql.scalars import SCALARS
from gql.tags.mutations import TagMutations
from gql.tags.queries import TagQueries
from gql.tags.types import Tag
from gql.users.queries import UserQueries
from gql.users.types import User


@strawberry.type(description="Everything that can be read.")
class Query(NodeQueries, AccountQueries, PostQueries, TagQueries, UserQueries, LimitQueries):
    """The root fields of all entities."""


@strawberry.type(description="Everything that can be written. Expected failures are data: see `userErrors`.")
class Mutation(
    SessionMutations,
    AccountMutations,
    PostMutations,
    BulkPostMutations,
    TagMutations,
    CommentMutations,
    CacheMutations,
):
    """The root fields of all entities."""


@strawberry.type(description="Everything that is told as it happens, in the order in which it happened, each once.")
class Subscription(PostSubscriptions, CommentSubscriptions):
    """The root fields of all entities."""


class Schema(strawberry.Schema):
    """Strawberry's, that leaves the logging of errors to `gql.errors`, which knows what is a fault."""

    def get_extensions(self, sync: bool = False) -> list[Any]:
        """None: Strawberry's own would run on every field, to do for `@idempotent` what mutations do themselves."""
        del sync
        return []

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing: Strawberry would write what the client sent, and a traceback for his every mistake."""


def build_schema() -> strawberry.Schema:
    """A schema of its own for each application, for nothing is made on import.

    Raises:
        HintError: a `@cacheControl` that cannot be meant.

    """
    schema = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[User, Viewer, Session, Post, Tag, Comment, Revision, *ERRORS],
        directives=[idempotent],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    check_hints(schema._schema)  # noqa: SLF001 - graphql-core's, which Strawberry builds
    return schema


def schema_text(schema: strawberry.Schema) -> str:
    """What schema.graphql holds."""
    return schema.as_str().rstrip() + "\n"
