"""Which fields are run by a resolver each, and what only graphql-core runs: few, and each of them known."""

import pytest

from core.viewer import ANONYMOUS
from db.database import Database
from gql.executor.execution import CompiledExecutor
from gql.executor.paths import FieldPath, paths
from gql.schema import build_schema
from tests.fixtures.servers import settings_for
from tests.fixtures.viewers import context_for
from tests.limits.inlined import preparer

RESOLVERS = {
    "Query.node",
    "Query.nodes",
    "Query.viewer",
    "Query.post",
    "Query.search",
    "Query.tag",
    "Query.user",
    "Query.rateLimit",
    "Comment.viewerCanUpdate",
    "Session.current",
    "CommentEvent.commentEdge",
    "CommentPayload.commentEdge",
    "ModerateCommentsPayload.comments",
    "PostPayload.postEdge",
}


def test_every_field_of_a_row_runs_as_a_column_but_for_those_that_look_at_the_viewer() -> None:
    found = dict(paths(build_schema()._schema))
    by_resolver = {name for name, path in found.items() if path is FieldPath.RESOLVER}
    assert {name for name in by_resolver if not name.startswith(("Mutation.", "Subscription."))} == RESOLVERS
    assert found["Post.author"] is FieldPath.RELATION
    assert found["Post.title"] is FieldPath.COLUMN
    assert found["Post.id"] is FieldPath.COMPUTED
    assert found["PostConnection.totalCount"] is FieldPath.LOADED
    assert found["Query.posts"] is FieldPath.RELATION


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{ __schema { queryType { name } } }", "Query.__schema is of the schema's own description"),
        ('{ __type(name: "Post") { name } }', "Query.__type is of the schema's own description"),
        ("query($a: Boolean = true) { __typename @skip(if: $a) }", "a condition cannot be coerced"),
    ],
)
async def test_what_graphql_core_must_run_is_known_before_anything_runs(text: str, reason: str) -> None:
    schema, settings = build_schema(), settings_for("postgresql://nowhere", "redis://nowhere")
    document = preparer().prepare(text)
    context = context_for(Database(settings, "postgresql://nowhere"), ANONYMOUS)
    executor = CompiledExecutor(schema, most_errors=10, hide_suggestions=True)
    found = await executor.execute(document, document.operation(None), {"a": None}, context)
    assert isinstance(found, str)
    assert found.startswith(reason)
