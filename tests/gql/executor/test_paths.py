"""Which fields are run by a resolver each, and what only graphql-core runs: few, and each of them known."""

from typing import Any

import pytest

from core.viewer import ANONYMOUS
from db.database import Database
from gql.documents.document import Document
from gql.executor.execution import CompiledExecutor
from gql.executor.paths import FieldPath, paths
from gql.executor.plans import MOST_PLANS, Plan, Plans
from gql.schema import build_schema
from tests.fixtures.servers import settings_for
from tests.fixtures.viewers import context_for
from tests.limits.inlined import preparer

LOOKED_UP = {
    "Query.node",
    "Query.viewer",
    "Query.post",
    "Query.search",
    "Query.tag",
    "Query.user",
}
RESOLVERS = {
    "Query.nodes",
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
    others = {name for name in by_resolver if not name.startswith(("Mutation.", "Subscription."))}
    assert others == RESOLVERS
    assert {name for name, path in found.items() if path is FieldPath.LOOKED_UP} == LOOKED_UP
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


async def test_plans_that_are_used_again_survive_a_flood_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    schema, compiled = build_schema(), list[object]()
    plans, prepare = Plans(schema, hide_suggestions=True), preparer().prepare
    make = plans._compiled

    def counted(document: Document, *more: Any) -> Plan:
        compiled.append(document)
        return make(document, *more)

    monkeypatch.setattr(plans, "_compiled", counted)
    used = [prepare(f"{{ u{n}: __typename }}") for n in range(3)]
    for document in used * 2:
        plans.of(document, document.operation(None), {})
    for n in range(MOST_PLANS + 10):
        document = Document("", used[0].node, used[0].operations, n)
        plans.of(document, document.operation(None), {})
    compiled.clear()
    for document in used:
        plans.of(document, document.operation(None), {})
    assert compiled == []
    assert len(plans._plans) <= MOST_PLANS
