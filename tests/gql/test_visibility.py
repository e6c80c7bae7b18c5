"""Nothing that is hidden from an anonymous reader can be had, by any path that the schema offers."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from graphql import GraphQLObjectType

from gql.relay.cursors import encode_cursor
from gql.relay.ids import decode_id, encode_id
from tests.fixtures.servers import NewDatabase
from tests.model.blog import Blog, CoAuthor, Comment, Post, Revision
from tests.model.crawl import ANY_STATUS, Crawler, rows_of, texts_of
from tests.model.read import committed_schema
from tests.model.served import Served, served
from tests.model.shaped import START, shaped

SCHEMA = committed_schema()
LEVELS = 3
"""Below the root field: with it, rows four steps from the query."""

MARK = "zqxmark"
"""Stands in whatever must not be seen, and nowhere else."""

HIDDEN = {1: "DRAFT", 2: "ARCHIVED", 3: "DRAFT"}


def _blog() -> Blog:
    """Two authors with three posts each, of which three are hidden; all posts share their tags."""
    blog = shaped(2, posts=3)
    blog.users = [
        replace(user, email=f"{MARK}{user.id}@{MARK}.example", password_hash=f"{MARK}-hash") for user in blog.users
    ]
    blog.posts = [_post(post) for post in blog.posts]
    # Each author also co-wrote with the other, and the hidden posts have the tags of those that can be seen.
    blog.co_authors += [CoAuthor(2, 5, 9), CoAuthor(3, 5, 9), CoAuthor(4, 1, 9)]
    blog.post_tags = [replace(link, tag_id=(link.position - 1) % 2 + 1) for link in blog.post_tags]
    blog.comments = [_comment(comment) for comment in blog.comments]
    blog.revisions = [Revision(p.id, p.id, 1, START, p.author_id, MARK, MARK, MARK) for p in blog.posts]
    return blog


def _post(post: Post) -> Post:
    if post.id not in HIDDEN:
        return post
    return replace(
        post,
        status=HIDDEN[post.id],
        published_at=None if post.id == 3 else post.published_at,
        slug=f"{MARK}-{post.id}",
        title=MARK,
        summary=MARK,
        excerpt=MARK,
        body=MARK,
        body_html=MARK,
        body_text=MARK,
        canonical_url=MARK,
    )


def _comment(comment: Comment) -> Comment:
    if comment.post_id in HIDDEN or comment.status != "VISIBLE":
        return replace(comment, body=MARK, body_html=MARK)
    return comment


BLOG = _blog()
LISTS: tuple[Sequence[Any], ...] = (BLOG.users, BLOG.tags, BLOG.posts, BLOG.comments, BLOG.revisions)
ROWS = [(type(row).__name__, row.id) for rows in LISTS for row in rows]
HIDDEN_ROWS = (
    {("Post", key) for key in HIDDEN}
    | {("Comment", comment.id) for comment in BLOG.comments if comment.post_id in HIDDEN}
    | {("Revision", revision.id) for revision in BLOG.revisions}
)


@pytest.fixture(scope="module")
async def blog(new_database: NewDatabase, redis_url: str) -> AsyncIterator[Served]:
    async with served([("a blog with secrets", BLOG)], SCHEMA, new_database, redis_url) as [service]:
        yield service


def _roots() -> Iterator[tuple[str, str]]:
    """Every root field, with arguments that go for what is hidden; and the type of what it answers."""
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
    statuses = ("DRAFT", "ARCHIVED", "DRAFT, ARCHIVED", "DRAFT, PUBLISHED, ARCHIVED")
    wheres = [f"status: [{status}]" for status in statuses]
    wheres += [f'titleContains: "{MARK}"', f'{wheres[3]}, titleContains: "{MARK[:2]}"', 'tagsAny: ["tag-0001"]']
    wheres += [
        f'{wheres[3]}, author: "{encode_id("User", 1)}"',
        f'{wheres[3]}, publishedAt: {{gte: "1999-01-01T00:00Z"}}',
    ]
    for where in wheres:
        for field in ("PUBLISHED_AT", "UPDATED_AT", "CREATED_AT", "TITLE"):
            yield f"posts(first: 100, orderBy: {{field: {field}}}, where: {{{where}}})", "PostConnection"
        yield f'search(query: "{MARK} or kiwi", first: 100, where: {{{where}}})', "SearchConnection"
    yield f'search(query: "{MARK}", first: 100)', "SearchConnection"
    yield "users(first: 100)", "UserConnection"
    yield "tags(first: 100)", "TagConnection"
    yield f'tags(startsWith: "{MARK}")', "TagConnection"


def _levels(root: str, type_name: str) -> int:
    """How far to follow a root: many lead to the same rows, and these need be followed but once."""
    if type_name in ("UserConnection", "TagConnection") or root.startswith(("post(by: {slug", "nodes")):
        return LEVELS
    return LEVELS if "field: PUBLISHED_AT" in root and ANY_STATUS in root else 1


@pytest.fixture(scope="module")
async def answers(blog: Served) -> dict[str, dict[str, Any]]:
    """What each root field has to say, with all that hangs from it."""
    crawler, found = Crawler(SCHEMA), {}
    for root, type_name in _roots():
        selection = crawler.selection(SCHEMA.type_map[type_name], _levels(root, type_name))
        found[root] = await blog.api.post(f"{{ {root} {selection} }}")
    return found


def test_the_crawl_asks_for_every_field_of_every_type() -> None:
    crawler = Crawler(SCHEMA)
    for _, type_name in _roots():
        crawler.selection(SCHEMA.type_map[type_name], LEVELS)
    offered = {
        f"{name}.{field}"
        for name, type_ in SCHEMA.type_map.items()
        if isinstance(type_, GraphQLObjectType) and not name.startswith("__") and type_ is not SCHEMA.query_type
        for field in type_.fields
    }
    assert offered - crawler.asked == set()
    assert SCHEMA.query_type is not None
    assert {root.partition("(")[0] for root, _ in _roots()} == set(SCHEMA.query_type.fields)


def test_the_crawl_is_answered_and_meets_all_that_may_be_seen(answers: dict[str, dict[str, Any]]) -> None:
    assert [root for root, answer in answers.items() if "errors" in answer] == []
    met = {decode_id(row["id"]) for row in rows_of(list(answers.values())) if "id" in row}
    assert met == set(ROWS) - HIDDEN_ROWS


def test_no_marker_is_in_any_answer(answers: dict[str, dict[str, Any]]) -> None:
    for root, answer in answers.items():
        assert [text for text in texts_of(answer) if MARK in text.lower()] == [], root


def test_the_markers_would_be_found(blog: Served) -> None:
    planted = list(texts_of([str(blog.blog.posts), str(blog.blog.comments), str(blog.blog.revisions)]))
    assert all(MARK in text for text in planted)
    assert list(texts_of({"cursor": [encode_cursor("TITLE", (MARK, 1))]}))[1] == f'["TITLE","{MARK}",1]'


def test_counts_agree_with_lists(answers: dict[str, dict[str, Any]]) -> None:
    lists = [row for row in rows_of(list(answers.values())) if "totalCount" in row]
    assert any(found["totalCount"] for found in lists)
    for found in lists:
        assert found["totalCount"] == len(found["nodes"]) == len(found["edges"])
        assert not found["pageInfo"]["hasNextPage"]
        assert not found["pageInfo"]["hasPreviousPage"]


@pytest.mark.parametrize(
    ("count", "of"), [("postCount", "posts"), ("commentCount", "comments"), ("replyCount", "replies")]
)
def test_plain_counts_agree_with_lists(answers: dict[str, dict[str, Any]], count: str, of: str) -> None:
    rows = [row for row in rows_of(list(answers.values())) if count in row and of in row]
    assert len(rows) > 5
    assert [row for row in rows if row[count] != row[of]["totalCount"]] == []


def test_a_comment_that_is_not_visible_keeps_its_place_without_its_text(answers: dict[str, dict[str, Any]]) -> None:
    comments = [row for row in rows_of(list(answers.values())) if row.get("__typename") == "Comment"]
    hidden = [row for row in comments if row["Comment_status"] != "VISIBLE"]
    assert hidden
    assert {row["Comment_body"] for row in hidden} == {None} == {row["Comment_bodyHtml"] for row in hidden}
    assert all(row["Comment_body"] for row in comments if row["Comment_status"] == "VISIBLE")


def test_nothing_may_be_updated(answers: dict[str, dict[str, Any]]) -> None:
    rights = [row["viewerCanUpdate"] for row in rows_of(list(answers.values())) if "viewerCanUpdate" in row]
    assert set(rights) == {False}
