"""Whoever writes whatever, in whatever order: the answer and what is there afterwards are what a plain model says."""

import json
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from difflib import unified_diff
from typing import Any

import asyncpg
import pytest
from hypothesis import given

from core.viewer import ANONYMOUS, Viewer
from gql.schema import build_schema
from tests.fixtures.servers import NewDatabase, connected, settings_for
from tests.fixtures.viewers import Schema, opened
from tests.model.choices import Choices, made_by
from tests.model.examples import examples
from tests.model.read import committed_schema
from tests.model.writes import MUTATIONS, Model, Step
from tests.model.writes_reads import READ, Shown, problem_shown
from tests.model.writes_state import Answer, Person, State, Unanswerable

from tests.model.writes_steps import KEYS, Steps  # isort: skip

STEPS = 30
PEOPLE = (("ann", "AUTHOR"), ("eve", "EDITOR"), ("bob", "AUTHOR"), ("ron", "READER"), ("ada", "ADMIN"))
SELECTIONS = {
    "PostPayload": "post { slug version status } postEdge { node { slug version status } }",
    "DeletePayload": "deletedId",
    "TagPayload": "tag { slug name }",
    "CommentPayload": "comment { ...Said } commentEdge { node { ...Said } }",
    "ModerateCommentsPayload": "comments { ...Said }",
    "BulkPostsPayload": "count results { index post { slug version status } deletedId userErrors { ...Problem } }",
}
FRAGMENTS = {
    "Said": "fragment Said on Comment { status body editedAt }",
    "Problem": """fragment Problem on UserError { code field message
        ... on InputError { limit } ... on TakenError { suggestion } ... on AccessError { requiredRole }
        ... on VersionConflictError { expectedVersion currentVersion } }""",
}
NOT_COMPARED = ("alembic_version", "idempotency_keys")
"""What a refusal may be kept in, and what nobody writes."""


class Blog:
    """The service, a connection of the test's own, and the model."""

    def __init__(self, schema: Schema, connection: asyncpg.Connection, tables: list[str]) -> None:
        self.schema = schema
        self.connection = connection
        self.tables = tables
        self.model = Model(State({}))
        self.log: list[str] = []

    async def empty(self) -> list[Person]:
        """Delete all rows, and let the people in again."""
        await self.connection.execute("".join(f"DELETE FROM {table};" for table in reversed(self.tables)))
        made = "INSERT INTO users (username, name, role) VALUES ($1, $1, $2) RETURNING id"
        people = [Person(await self.connection.fetchval(made, name, role), name, role) for name, role in PEOPLE]
        self.model, self.log = Model(State({person.id: person for person in people})), []
        return people

    async def digest(self) -> list[str]:
        """Of each table all rows and who wrote them last: a write of the same values is a write, too."""
        all_rows = [
            f"SELECT '{table}' || coalesce(md5(string_agg(xmin || t::text, ';' ORDER BY t::text)), '') FROM {table} t"
            for table in self.tables
            if table not in NOT_COMPARED
        ]
        return [row[0] for row in await self.connection.fetch(" UNION ALL ".join(all_rows))]

    async def learn(self) -> None:
        """What the database calls the rows that were made, and when it says that they were published first."""
        state, fetch = self.model.state, self.connection.fetch
        by_slug = {row["slug"]: row for row in await fetch("SELECT slug, id, published_at FROM posts")}
        for post in state.posts.values():
            row = by_slug[post.slug]
            post.id = post.id or row["id"]
            if post.dated and post.published_at is None:
                post.published_at = row["published_at"].isoformat()
        tags = {row["slug"]: row["id"] for row in await fetch("SELECT slug, id FROM tags")}
        for tag in state.tags.values():
            tag.id = tag.id or tags[tag.slug]
        known = {comment.id for comment in state.comments.values()}
        new = [row["id"] for row in await fetch("SELECT id FROM comments ORDER BY id") if row["id"] not in known]
        for comment in state.comments.values():
            comment.id = comment.id or new.pop(0)
        assert new == []

    async def step(self, step: Step) -> bool:
        """Do it on both sides; answers whether it wrote."""
        self.log.append(str(step)[:300])
        state, before = deepcopy(self.model.state), await self.digest()
        answer = await self.schema.ask(
            _viewer(step.who), _mutation(step), input=step.given, **({"key": step.key} if step.key else {})
        )
        try:
            expected = self.model.write(step)
        except Unanswerable as unanswerable:
            _refused(answer, unanswerable)
            assert await self.digest() == before
            return False
        assert "errors" not in answer, answer["errors"]
        payload = answer["data"]["payload"]
        self.compare_problems(payload, expected)
        await self.learn()
        changed = self.model.state
        state.numbers = changed.numbers
        wrote = changed != state
        if not wrote:
            assert await self.digest() == before, "it wrote something"
        if expected.rows is None:
            # Refused as a whole: rows, if there are any, tell nothing.
            assert all(not (row["post"] or row["deletedId"]) for row in payload.pop("results", ()))
        _compare(_timeless(payload), _of(payload, Shown(changed, step.who).payload(expected)))
        assert payload["clientMutationId"] == step.given.get("clientMutationId")
        return wrote

    def compare_problems(self, payload: dict[str, Any], expected: Answer) -> None:
        """The userErrors, in any order; what is suggested instead must be free."""
        told = payload.pop("userErrors")
        assert all(error.pop("message") for error in _with_rows(told, payload))
        taken = {row.slug for rows in (self.model.state.posts, self.model.state.tags) for row in rows.values()}
        names = {tag.name.lower() for tag in self.model.state.tags.values()}
        for error in _with_rows(told, payload):
            suggestion = error.pop("suggestion", None)
            if error["code"] == "TAKEN" and not self._replayed(expected):
                assert suggestion
                assert suggestion.lower() not in (names if error["field"][-1] == "name" else taken), "it is not free"
            for name in [name for name, value in error.items() if value is None and name != "field"]:
                del error[name]
        _compare(_sorted(told), _sorted([problem_shown(problem) for problem in expected.problems]))

    def _replayed(self, expected: Answer) -> bool:
        return any(kept.answer is expected for kept in self.model.kept.values())

    async def look(self, me: Person | None) -> None:
        """All that can be read."""
        slugs = [tag.slug for tag in self.model.state.tags.values()] or ["none"]
        found = await self.schema.data(_viewer(me), READ, slugs=slugs)
        for posts in [found["posts"], found["public"], *(tag["posts"] for tag in found["tags"]["nodes"])]:
            posts["nodes"].sort(key=lambda post: post["slug"])
        for user in found["users"]["nodes"]:
            user["posts"]["nodes"].sort(key=lambda post: post["slug"])
        found["tags"]["nodes"].sort(key=lambda tag: tag["slug"])
        _compare(found, Shown(self.model.state, me).everything())


@pytest.fixture(scope="module")
async def blog(new_database: NewDatabase, redis_url: str) -> AsyncIterator[Blog]:
    url = await new_database()
    settings = settings_for(url, redis_url, database_pool_size=2)
    async for schema in opened(settings, build_schema()):
        async with connected(url) as connection:
            # In the order in which they refer to each other: whoever refers to others comes after these.
            last = ["users", "tags", "posts", "comments"]
            names = [
                r[0] for r in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            ]
            others = sorted(set(names) - set(last) - {"alembic_version"})
            yield Blog(schema, connection, [*last, *others])


@examples(8, made_smaller=False)
@given(choices=made_by(lambda choices: choices))
async def test_any_mutations_come_to_what_the_model_comes_to(choices: Choices, blog: Blog) -> None:
    people = await blog.empty()
    steps = Steps(choices)
    try:
        for _ in range(STEPS):
            step = steps.next(blog.model.state, people)
            if await blog.step(step):
                await blog.look(choices.pick([people[1], *people, None]))
    except BaseException as error:
        error.add_note("\n".join(blog.log))
        raise


def test_the_model_knows_every_mutation_of_posts_tags_and_comments() -> None:
    mutation = committed_schema().mutation_type
    assert mutation is not None
    told = {name for name in mutation.fields if any(kind in name.lower() for kind in ("post", "tag", "comment"))}
    assert told | {"restoreRevision"} == MUTATIONS.keys() == Steps._makers.keys()
    assert len(KEYS) > 1


def _viewer(person: Person | None) -> Viewer:
    return ANONYMOUS if person is None else Viewer(person.id, person.role)  # type: ignore[arg-type] # one of the roles


def _mutation(step: Step) -> str:
    mutation = committed_schema().mutation_type
    assert mutation is not None
    field = mutation.fields[step.field]
    declared = f"$input: {field.args['input'].type}" + (", $key: String!" if step.key else "")
    directive = " @idempotent(key: $key)" if step.key else ""
    selection = SELECTIONS[str(field.type).rstrip("!")]
    used = [text for name, text in FRAGMENTS.items() if name == "Problem" or f"...{name}" in selection]
    return (
        f"mutation ({declared}) {{ payload: {step.field}(input: $input){directive} {{ clientMutationId "
        f"userErrors {{ ...Problem }} {selection} }} }} {' '.join(used)}"
    )


def _refused(answer: dict[str, Any], expected: Unanswerable) -> None:
    [error] = answer["errors"]
    assert error["extensions"]["code"] == expected.code
    if expected.argument is not None:
        assert error["extensions"]["argument"] == expected.argument


def _with_rows(errors: list[dict[str, Any]], payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from errors
    for row in payload.get("results", ()):
        yield from row["userErrors"]


def _timeless(payload: dict[str, Any]) -> dict[str, Any]:
    """That a comment was edited is compared, not when."""
    text = json.dumps({name: value for name, value in payload.items() if name != "clientMutationId"})
    found: dict[str, Any] = json.loads(
        text, object_hook=lambda row: row | ({"editedAt": "then"} if row.get("editedAt") else {})
    )
    return found


def _of(payload: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    return {name: expected[name] for name in payload if name != "clientMutationId"}


def _sorted(errors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(errors, key=lambda error: json.dumps(error, sort_keys=True))


def _compare(found: Any, expected: Any) -> None:
    model, service = (json.dumps(_in_order(one), indent=1, sort_keys=True).splitlines() for one in (expected, found))
    if model != service:  # pytest would take minutes to tell how two long texts differ
        differences = unified_diff(model, service, "model", "service", lineterm="", n=8)
        pytest.fail("\n".join(line[:200] for line in differences))


def _in_order(value: Any) -> Any:
    """The same; failures, which come in any order, sorted."""
    if isinstance(value, dict):
        return {name: _sorted(inner) if name == "userErrors" else _in_order(inner) for name, inner in value.items()}
    return [_in_order(one) for one in value] if isinstance(value, list) else value
