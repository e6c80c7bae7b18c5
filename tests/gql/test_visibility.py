"""As whoever, by whatever path the schema offers: all that he may see can be had, and nothing else."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type

from core.viewer import ANONYMOUS, Viewer
from gql.relay.cursors import encode_cursor
from gql.relay.ids import decode_id, encode_id
from gql.schema import build_schema
from tests.fixtures.servers import NewDatabase, settings_for
from tests.fixtures.viewers import Schema, opened
from tests.model.crawl import ANY_STATUS, Crawler, rows_of, texts_of
from tests.model.make import session_of
from tests.model.read import committed_schema
from tests.model.secrets import HIDDEN, MARK, ROLES, Seen, mark, secretive
from tests.model.write import written

SCHEMA = committed_schema()
LEVELS = 3
"""Below the root field: with it, rows four steps from the query."""
BLOG = secretive()
ALL = Seen(BLOG, next(user for user in BLOG.users if user.role == "ADMIN"))
ROWS = sorted(ALL.rows | {(kind, user.id) for user in BLOG.users for kind in ("Viewer",)})
ROWS += [("Session", session.id) for session in BLOG.sessions]

DEEP = ("users(first", "tags(first", f"posts(first: 100, orderBy: {{field: PUBLISHED_AT}}, {ANY_STATUS}")
"""Roots that lead to all rows, and are followed all the way."""

Answers = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
async def schema(new_database: NewDatabase, redis_url: str) -> AsyncIterator[Schema]:
    url = await written(BLOG, new_database)
    async for schema in opened(settings_for(url, redis_url), build_schema()):
        yield schema


@pytest.fixture(scope="module", params=["anybody", *ROLES])
def seen(request: pytest.FixtureRequest) -> Seen:
    """What whoever asks may see."""
    user_id, _ = ROLES.get(request.param, (0, ""))
    return Seen(BLOG, next((user for user in BLOG.users if user.id == user_id), None))


def _viewer(seen: Seen) -> Viewer:
    me = seen.me
    return ANONYMOUS if me is None else Viewer(me.id, me.role, session_of(me.id).id)  # type: ignore[arg-type] # a role


def _wheres() -> Iterator[str]:
    for status in ("DRAFT", "ARCHIVED", "DRAFT, ARCHIVED", "DRAFT, PUBLISHED, ARCHIVED"):
        yield f"status: [{status}]"
    every = "status: [DRAFT, PUBLISHED, ARCHIVED], "
    yield 'titleContains: "zqxpost"'
    yield f'{every}titleContains: "zq"'
    yield 'tagsAny: ["tag-0001"]'
    yield f'{every}tagsAny: ["tag-0001", "tag-0002"]'
    yield f'{every}author: "{encode_id("User", 1)}"'
    yield f'{every}publishedAt: {{gte: "1999-01-01T00:00Z"}}'


def _roots() -> Iterator[tuple[str, str]]:
    """Every root field, with arguments that go for what is hidden; and the type of what it answers."""
    yield "viewer", "Viewer"
    yield "rateLimit", "RateLimit"
    for type_name, key in ROWS:
        yield f'node(id: "{encode_id(type_name, key)}")', "Node"
    yield "nodes(ids: [{}])".format(", ".join(f'"{encode_id(*row)}"' for row in ROWS)), "Node"
    for post in BLOG.posts:
        yield f'post(by: {{id: "{encode_id("Post", post.id)}"}})', "Post"
        yield f'post(by: {{slug: "{post.slug}"}})', "Post"
    for user in BLOG.users:
        yield f'user(username: "{user.username}")', "User"
    yield f'user(username: "{BLOG.users[0].email}")', "User"
    for tag in BLOG.tags:
        yield f'tag(slug: "{tag.slug}")', "Tag"
    for where in _wheres():
        for field in ("PUBLISHED_AT", "UPDATED_AT", "CREATED_AT", "TITLE"):
            yield f"posts(first: 100, orderBy: {{field: {field}}}, where: {{{where}}})", "PostConnection"
        yield f'search(query: "{mark("post", 1)} or kiwi", first: 100, where: {{{where}}})', "SearchConnection"
    yield f'search(query: "{mark("post", 1)}", first: 100)', "SearchConnection"
    yield "users(first: 100)", "UserConnection"
    yield "tags(first: 100)", "TagConnection"
    yield 'tags(startsWith: "zqx")', "TagConnection"


def _levels(root: str, type_name: str) -> int:
    """How far to follow a root: many lead to the same rows, and these need be followed but once."""
    return LEVELS if type_name == "Viewer" or root.startswith(DEEP) else 1


@pytest.fixture(scope="module")
async def answers(seen: Seen, schema: Schema) -> Answers:
    """What each root field has to say to him, with all that hangs from it."""
    crawler, found = Crawler(SCHEMA), {}
    for root, type_name in _roots():
        selection = crawler.selection(SCHEMA.type_map[type_name], _levels(root, type_name))
        found[root] = await schema.ask(_viewer(seen), f"{{ {root} {selection} }}")
    return found


def _of_all(answers: Answers) -> list[dict[str, Any]]:
    return list(rows_of(list(answers.values())))


def _readable_types() -> Iterator[GraphQLObjectType]:
    """The types that can be reached from the query."""
    assert SCHEMA.query_type is not None
    found, left = set[str](), [SCHEMA.query_type]
    while left:
        type_ = left.pop()
        for field in type_.fields.values():
            target = get_named_type(field.type)
            kinds = [target] if isinstance(target, GraphQLObjectType) else []
            if hasattr(target, "resolve_type") and not kinds:
                kinds = list(SCHEMA.get_possible_types(target))
            new = [kind for kind in kinds if kind.name not in found]
            found |= {kind.name for kind in new}
            yield from new
            left += new


def test_the_crawl_asks_for_every_field_of_every_type() -> None:
    crawler = Crawler(SCHEMA)
    for _, type_name in _roots():
        crawler.selection(SCHEMA.type_map[type_name], LEVELS)
    offered = {f"{type_.name}.{field}" for type_ in _readable_types() for field in type_.fields}
    assert len(offered) > 80
    assert offered - crawler.asked == set()
    assert SCHEMA.query_type is not None
    assert {root.partition("(")[0] for root, _ in _roots()} == set(SCHEMA.query_type.fields)


def test_the_crawl_is_answered_and_meets_all_rows_that_may_be_seen(answers: Answers, seen: Seen) -> None:
    assert [root for root, answer in answers.items() if "errors" in answer] == []
    assert {decode_id(row["id"]) for row in _of_all(answers) if "id" in row} == seen.rows


def test_it_finds_all_markers_that_may_be_seen_and_no_others(answers: Answers, seen: Seen) -> None:
    found = {text for answer in answers.values() for one in texts_of(answer) for text in MARK.findall(one.lower())}
    assert found == seen.marks


def test_each_sees_more_or_less_than_another() -> None:
    marks = {frozenset(Seen(BLOG, user).marks) for user in BLOG.users} | {frozenset(Seen(BLOG).marks)}
    assert len(marks) == len(BLOG.users) + 1
    assert frozenset() in marks
    assert {kind for one in ALL.marks for kind in ("post", "comment", "revision", "email", "agent") if kind in one}
    assert not [one for seen in marks for one in seen if "hash" in one]


def test_the_markers_would_be_found() -> None:
    planted = [*BLOG.posts[:3], *BLOG.revisions, *BLOG.users, *BLOG.sessions]
    assert all(MARK.search(str(row)) for row in planted)
    assert list(texts_of({"cursor": [encode_cursor("TITLE", (mark("post", 1), 1))]}))[1] == '["TITLE","zqxpost1x",1]'


def test_counts_agree_with_lists(answers: Answers) -> None:
    lists = [row for row in _of_all(answers) if "totalCount" in row]
    assert any(found["totalCount"] for found in lists)
    for found in lists:
        assert found["totalCount"] == len(found["nodes"]) == len(found["edges"])
        assert not found["pageInfo"]["hasNextPage"]
        assert not found["pageInfo"]["hasPreviousPage"]


@pytest.mark.parametrize(("count", "of"), [("commentCount", "comments"), ("replyCount", "replies")])
def test_plain_counts_agree_with_lists(answers: Answers, count: str, of: str) -> None:
    rows = [row for row in _of_all(answers) if count in row and of in row]
    assert len(rows) > 5
    assert [row for row in rows if row[count] != row[of]["totalCount"]] == []


def test_numbers_of_posts_are_of_those_that_are_published(answers: Answers) -> None:
    rows = [row for row in _of_all(answers) if "postCount" in row and "posts" in row]
    assert len(rows) > 5
    for row in rows:
        assert row["postCount"] == sum(post["Post_status"] == "PUBLISHED" for post in row["posts"]["nodes"])


def test_a_comment_that_is_not_visible_keeps_its_place(answers: Answers, seen: Seen) -> None:
    comments = [row for row in _of_all(answers) if row.get("__typename") == "Comment"]
    hidden = [row for row in comments if row["Comment_status"] != "VISIBLE"]
    assert hidden
    for texts in ({row["Comment_body"] for row in hidden}, {row["Comment_bodyHtml"] for row in hidden}):
        assert texts == {None} or seen.moderates
    assert all(row["Comment_body"] for row in comments if row["Comment_status"] == "VISIBLE")


def test_it_is_told_what_may_be_updated(answers: Answers, seen: Seen) -> None:
    told = {
        (row["__typename"], decode_id(row["id"])[1]): row["viewerCanUpdate"]
        for row in _of_all(answers)
        if "viewerCanUpdate" in row
    }
    expected = {("Post", post.id): seen.may_update(post) for post in seen.posts.values()}
    expected |= {("Comment", one.id): seen.may_update_comment(one) for one in seen.comments.values()}
    assert told == expected


WRITES = {
    "updatePost": ("UpdatePostInput", '{id: "%", title: "New"}'),
    "publishPost": ("VersionedInput", '{id: "%", expectedVersion: 7}'),
    "unpublishPost": ("VersionedInput", '{id: "%"}'),
    "archivePost": ("VersionedInput", '{id: "%"}'),
    "deletePost": ("VersionedInput", '{id: "%", expectedVersion: 1}'),
    "restoreRevision": ("RestoreRevisionInput", '{id: "%", version: 1}'),
    "addComment": ("AddCommentInput", '{post: "%", body: "Hm"}'),
    "publishPosts": ("BulkIdsInput", '{ids: ["%"]}'),
    "deletePosts": ("BulkIdsInput", '{ids: ["%"], errorPolicy: SKIP_FAILED}'),
    "updateComment": ("UpdateCommentInput", '{id: "%", body: "Hm"}'),
    "deleteComment": ("NodeInput", '{id: "%"}'),
    "moderateComments": ("ModerateCommentsInput", '{ids: ["%"], action: HIDE}'),
    "revokeSession": ("NodeInput", '{id: "%"}'),
}
"""Mutations of one row, by their input."""

FAILURES = """userErrors { __typename code message field ... on AccessError { requiredRole }
    ... on VersionConflictError { currentVersion current { id title } } }"""


async def _refusal(schema: Schema, seen: Seen, field: str, row: str) -> Any:
    results = f"results {{ index {FAILURES} }}" if field.endswith("Posts") else ""
    query = f"mutation {{ {field}(input: {WRITES[field][1].replace('%', row)}) {{ {FAILURES} {results} }} }}"
    answer = await schema.ask(_viewer(seen), query)
    assert MARK.search(str(answer)) is None
    assert "GRAPHQL_VALIDATION_FAILED" not in str(answer)
    return answer


@pytest.mark.parametrize("field", WRITES)
async def test_to_a_mutation_what_is_hidden_does_not_exist(field: str, seen: Seen, schema: Schema) -> None:
    type_name = "Comment" if "Comment" in field and field != "addComment" else "Post"
    if field == "revokeSession":
        type_name, hidden = "Session", {s.id for s in BLOG.sessions} - set(seen.sessions)
    elif type_name == "Comment":
        hidden = {comment.id for comment in BLOG.comments} - set(seen.comments)
    else:
        hidden = set(HIDDEN) - set(seen.posts)
    missing = await _refusal(schema, seen, field, encode_id(type_name, 987_654_321))
    for key in hidden:
        assert await _refusal(schema, seen, field, encode_id(type_name, key)) == missing
    assert missing.get("errors") or missing["data"][field]["userErrors"] or missing["data"][field]["results"]


def test_every_mutation_of_one_row_is_tried() -> None:
    assert SCHEMA.mutation_type is not None
    inputs = {name: get_named_type(field.args["input"].type) for name, field in SCHEMA.mutation_type.fields.items()}
    of_rows = {name for name, type_ in inputs.items() if {"id", "ids", "post"} & set(type_.fields)}
    assert of_rows - set(WRITES) == {"updateTag", "deleteTag"}, "everybody may see every tag"
