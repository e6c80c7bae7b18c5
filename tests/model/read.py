"""A naive GraphQL reader of a blog: graphql-core, the reference, walks the query; lists give the values."""

from collections.abc import Callable, Mapping
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Any

from graphql import GraphQLSchema, build_schema, execute_sync, parse
from strawberry.utils.str_converters import to_snake_case

from gql.relay.ids import encode_id
from tests.model.blog import Blog, Comment, Post, User
from tests.model.conditions import filtered
from tests.model.lists import (
    TAG_NAME,
    USERNAME,
    VERSION,
    Arguments,
    Lists,
    Page,
    comment_order,
    lower,
    page,
    post_order,
)

STATUSES = ("DRAFT", "PUBLISHED", "ARCHIVED")


def committed_schema() -> GraphQLSchema:
    """The schema that schema.graphql promises; nothing of the code that serves it."""
    return build_schema((Path(__file__).parents[2] / "schema.graphql").read_text())


class Reader:
    """Answers queries from a blog."""

    def __init__(self, schema: GraphQLSchema, blog: Blog, me: User | None = None) -> None:
        self._schema = schema
        self.lists = Lists(blog, me)

    def data(self, query: str, variables: Mapping[str, object]) -> dict[str, Any]:
        """The `data` that the service must answer."""
        result = execute_sync(
            self._schema,
            parse(query),
            self.lists,
            variable_values=dict(variables),
            field_resolver=self._resolve,
            type_resolver=lambda row, _info, _type: type(row).__name__,
        )
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    def _resolve(self, source: Any, info: Any, **arguments: Any) -> Any:
        special = FIELDS.get(f"{info.parent_type.name}.{info.field_name}")
        if special is not None:
            value = special(self.lists, source, arguments)
        elif info.field_name == "id":
            value = encode_id(info.parent_type.name, source.id)
        else:
            value = getattr(source, to_snake_case(info.field_name))
        return value.isoformat() if isinstance(value, datetime) else value


def _posts(lists: Lists, posts: list[Post], arguments: Arguments, *statuses: str) -> Page:
    order = arguments.get("orderBy") or {"field": "PUBLISHED_AT", "direction": "DESC"}
    ordered_by = post_order(order["field"], descending=order["direction"] == "DESC")
    found = filtered(lists, posts, arguments.get("where"), statuses or ("PUBLISHED",))
    return page(found, ordered_by, arguments)


def _published(posts: list[Post]) -> int:
    return sum(post.status == "PUBLISHED" for post in posts)


def _text(lists: Lists, comment: Comment, text: str) -> str | None:
    return text if comment.status == "VISIBLE" or lists.moderates else None


def _comments(comments: list[Comment], arguments: Arguments) -> Page:
    direction = (arguments.get("orderBy") or {"direction": "ASC"})["direction"]
    return page(comments, comment_order(descending=direction == "DESC"), arguments)


def _users(lists: Lists, arguments: Arguments) -> Page:
    roles = arguments.get("role")
    return page([u for u in lists.users.values() if roles is None or u.role in roles], USERNAME, arguments)


def _tags(lists: Lists, arguments: Arguments) -> Page:
    start = lower(arguments.get("startsWith") or "")
    return page([tag for tag in lists.tags.values() if lower(tag.name).startswith(start)], TAG_NAME, arguments)


def _user(lists: Lists, username: str) -> User | None:
    return next((user for user in lists.users.values() if lower(user.username) == lower(username)), None)


FIELDS: dict[str, Callable[[Lists, Any, Arguments], Any]] = {
    "Query.node": lambda lists, _, given: lists.node(given["id"]),
    "Query.nodes": lambda lists, _, given: [lists.node(one) for one in given["ids"]],
    "Query.post": lambda lists, _, given: lists.post_by(given["by"]),
    "Query.posts": lambda lists, _, given: _posts(lists, list(lists.posts.values()), given),
    "Query.tag": lambda lists, _, given: next((t for t in lists.tags.values() if t.slug == given["slug"]), None),
    "Query.tags": lambda lists, _, given: _tags(lists, given),
    "Query.user": lambda lists, _, given: _user(lists, given["username"]),
    "Query.viewer": lambda lists, _, __: lists.viewer,
    "Query.users": lambda lists, _, given: _users(lists, given),
    "User.joinedAt": lambda _lists, user, _: user.created_at,
    "User.hasAccount": lambda _lists, user, _: user.password_hash is not None,
    "User.posts": lambda lists, user, given: _posts(lists, lists.written_by(user), given),
    "User.postCount": lambda lists, user, _: _published(lists.written_by(user)),
    "Tag.posts": lambda lists, tag, given: _posts(lists, lists.carrying(tag), given),
    "Tag.postCount": lambda lists, tag, _: _published(lists.carrying(tag)),
    "Post.summary": lambda _lists, post, _: post.excerpt if post.summary is None else post.summary,
    "Post.readingTimeMinutes": lambda _lists, post, _: max(1, ceil(post.word_count / 230)),
    "Post.author": lambda lists, post, _: lists.users[post.author_id],
    "Post.coAuthors": lambda lists, post, _: lists.co_authors(post),
    "Post.tags": lambda lists, post, _: lists.tags_of(post),
    "Post.commentCount": lambda lists, post, _: len(lists.comments_on(post)),
    "Post.comments": lambda lists, post, given: _comments(lists.comments_on(post), given),
    "Post.previous": lambda lists, post, _: lists.neighbour(post, +1),
    "Post.next": lambda lists, post, _: lists.neighbour(post, -1),
    "Post.related": lambda lists, post, given: lists.related(post, given["first"]),
    "Post.viewerCanUpdate": lambda lists, post, _: lists.may_update(post),
    "Post.revisions": lambda lists, post, given: page(lists.revisions_of(post), VERSION, given),
    "Revision.post": lambda lists, revision, _: lists.posts[revision.post_id],
    "Revision.editor": lambda lists, revision, _: lists.users.get(revision.editor_id),
    "Viewer.user": lambda lists, viewer, _: lists.users[viewer.id],
    "Viewer.posts": lambda lists, viewer, given: _posts(
        lists, lists.written_by(lists.users[viewer.id]), given, *STATUSES
    ),
    "Viewer.sessions": lambda lists, _, __: list(lists.sessions.values()),
    "Session.current": lambda _lists, _session, _: True,
    "Comment.post": lambda lists, comment, _: lists.posts[comment.post_id],
    "Comment.author": lambda lists, comment, _: lists.users[comment.author_id],
    "Comment.body": lambda lists, comment, _: _text(lists, comment, comment.body),
    "Comment.bodyHtml": lambda lists, comment, _: _text(lists, comment, comment.body_html),
    "Comment.parent": lambda lists, comment, _: lists.comments.get(comment.parent_id),
    "Comment.replyCount": lambda lists, comment, _: len(lists.replies_to(comment)),
    "Comment.replies": lambda lists, comment, given: _comments(lists.replies_to(comment), given),
    "Comment.viewerCanUpdate": lambda lists, comment, _: lists.may_update_comment(comment),
}
