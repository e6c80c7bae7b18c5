"""Reads of those who are signed in: lists of every status, what is one's own, sessions."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from core.viewer import Asker, Viewer
from db.pages import PageArgs
from db.reads import comments, posts, revisions, sessions, viewers
from db.reads.post_filter import PostFilter
from db.reads.post_pages import Parent, PostOrder
from tests.db.operations import (
    CARD,
    EDITOR,
    ORDERS,
    SIZE,
    Operation,
    Values,
    call,
    count_of_posts,
    page_of_posts,
    pages_around,
)

STATUSES = {
    "drafts": frozenset({"DRAFT"}),
    "drafts and archived posts": frozenset({"DRAFT", "ARCHIVED"}),
    "posts of every status": frozenset({"DRAFT", "PUBLISHED", "ARCHIVED"}),
}
UNION = "a union of lists, each walked for as many rows as the page has"


def lists_of_viewers(v: Values) -> Iterator[Operation]:
    """Posts that are not published: all of them to an editor, his own to an author."""
    author = Asker(Viewer(v.authors[0], "AUTHOR", 1))
    parents: tuple[tuple[Parent | None, list[Any]], ...] = ((None, [None]), ("author", v.authors), ("tag", v.tags))
    for (parent, keys), (what, statuses) in product(parents, STATUSES.items()):
        where, sorts = PostFilter(statuses=statuses), None if len(statuses) == 1 else UNION
        for (field, descending), viewer in product(ORDERS, (EDITOR, author)):
            order, mine = PostOrder(field, descending), "" if viewer is EDITOR else " of one's own"
            for page, args in pages_around(v.deep[field]):
                yield Operation(
                    f"{what}{mine} of {parent or 'all'} by {field} {'down' if descending else 'up'}, {page}",
                    page_of_posts(parent, keys, order, where, args, viewer),
                    # Those of others are passed over on the way to one's own.
                    most=len(keys) * 2 * len(statuses) * (2 * (SIZE + 1) + 4) if viewer is EDITOR else None,
                    sorts=sorts,
                )
        for viewer in (EDITOR, author):
            mine = "" if viewer is EDITOR else " of one's own"
            yield Operation(f"count of {what}{mine} of {parent or 'all'}", count_of_posts(parent, keys, where, viewer))
            tagged = PostFilter(statuses=statuses, tags_any=tuple(v.tag_slugs))
            yield Operation(
                f"{what}{mine} of {parent or 'all'} of any tag",
                page_of_posts(parent, keys, PostOrder(), tagged, PageArgs(SIZE), viewer),
                sorts=UNION,
            )


def look_ups_of_viewers(v: Values) -> Iterator[Operation]:
    """What is there to see and to do for him alone."""
    few, text = 4 * SIZE, ("id", "created_at")
    author = Asker(Viewer(v.authors[0], "AUTHOR", 1))
    yield Operation("posts by id, of an author", call(posts.by_id, author, v.posts, CARD), few)
    yield Operation("posts by slug, of an author", call(posts.by_slug, author, v.slugs, CARD), few)
    yield Operation("posts that he may update", call(posts.updatable, author, v.posts), few)
    yield Operation("revisions by id, of an author", call(revisions.by_id, author, v.posts, text), few)
    newest = call(revisions.page_revisions, author, v.posts, PageArgs(SIZE), text)
    yield Operation("revisions, of an author", newest, 3 * SIZE * SIZE)
    yield Operation("count of revisions, of an author", call(revisions.count_revisions, author, v.posts))
    for viewer in (author, EDITOR):
        how = {"descending": False, "args": PageArgs(SIZE), "columns": text}
        yield Operation("comments by id", call(comments.by_id, viewer, v.comments, text), few)
        on_posts = call(comments.page_comments, viewer, "post", v.posts, **how)
        yield Operation("comments of posts", on_posts, 3 * SIZE * SIZE)
        yield Operation("count of replies", call(comments.count_comments, viewer, "comment", v.comments))
    yield Operation("who asks", call(sessions.viewer_of_session, v.authors[0], 1), 2)
    yield Operation("the viewer", call(viewers.by_id, author, [v.authors[0]], ("id", "email")), 2)
    yield Operation("sessions by id", call(sessions.by_id, author, [1, 2, 3], text), few)
    by_age = "the few sessions of a user come newest first"
    yield Operation("sessions of the viewer", call(sessions.of_users, author, [v.authors[0]], text), few, by_age)
