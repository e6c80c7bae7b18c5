"""A blog with a marker in everything that somebody may not see, and who may see which."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from tests.model.blog import Blog, CoAuthor, Comment, Post, Revision, User
from tests.model.lists import Lists
from tests.model.make import session_of
from tests.model.shaped import START, shaped

MARK = re.compile(r"zqx[a-z]+\d+x")
HIDDEN = {1: "DRAFT", 2: "ARCHIVED", 3: "DRAFT"}
"""Posts by the first author; the third was never published."""

ROLES = {
    "who wrote them, an AUTHOR": (1, "AUTHOR"),
    "who wrote them, a READER by now": (2, "READER"),
    "who wrote two of them": (5, "AUTHOR"),
    "an AUTHOR of others": (6, "AUTHOR"),
    "a READER": (7, "READER"),
    "an EDITOR": (8, "EDITOR"),
    "an ADMIN": (9, "ADMIN"),
}
"""Those who ask, beside anybody."""


def mark(kind: str, key: int) -> str:
    """What stands in whatever of a row not everybody may see, and nowhere else."""
    return f"zqx{kind}{key}x"


def secretive() -> Blog:
    """Two authors with three posts each, of which three are hidden; all posts share their tags."""
    blog = shaped(2, posts=3)
    roles = dict(ROLES.values())
    blog.users += [replace(blog.users[0], id=key, username=f"user-{key:04}") for key in (9,)]
    blog.users = [_user(user, roles.get(user.id, "AUTHOR")) for user in blog.users]
    blog.posts = [_post(post) if post.id in HIDDEN else post for post in blog.posts]
    # Each author also co-wrote with the other, and the hidden posts have the tags of those that can be seen.
    blog.co_authors += [CoAuthor(2, 5, 9), CoAuthor(3, 5, 9), CoAuthor(4, 1, 9)]
    blog.post_tags = [replace(link, tag_id=(link.position - 1) % 2 + 1) for link in blog.post_tags]
    blog.comments = [_comment(comment) for comment in blog.comments]
    blog.revisions = [_revision(post) for post in blog.posts]
    blog.sessions = [session_of(user.id, mark("agent", user.id)) for user in blog.users]
    return blog


def _user(user: User, role: str) -> User:
    email = f"{mark('email', user.id)}@example.org"
    return replace(user, role=role, email=email, password_hash=mark("hash", user.id))


def _post(post: Post) -> Post:
    text = mark("post", post.id)
    return replace(
        post,
        status=HIDDEN[post.id],
        published_at=None if post.id == 3 else post.published_at,
        slug=text,
        title=text,
        summary=text,
        excerpt=text,
        body=text,
        body_html=text,
        body_text=text,
        canonical_url=text,
    )


def _comment(comment: Comment) -> Comment:
    if comment.post_id in HIDDEN or comment.status != "VISIBLE":
        text = mark("comment", comment.id)
        return replace(comment, body=text, body_html=text)
    return comment


def _revision(post: Post) -> Revision:
    text = mark("revision", post.id)
    return Revision(post.id, post.id, 1, START, post.author_id, text, text, text)


class Seen(Lists):
    """What of such a blog somebody may see."""

    @cached_property
    def rows(self) -> set[tuple[str, int]]:
        """All rows, by type and key."""
        kinds = (self.users, self.tags, self.posts, self.comments, self.revisions, self.sessions)
        found = {(type(row).__name__, key) for rows in kinds for key, row in rows.items()}
        return found if self.viewer is None else {*found, ("Viewer", self.viewer.id)}

    @cached_property
    def marks(self) -> set[str]:
        """All markers."""
        return set(self._marks())

    def _marks(self) -> Iterator[str]:
        for post in self.posts.values():
            yield from MARK.findall(post.title)
        for comment in self.comments.values():
            if comment.status == "VISIBLE" or self.moderates:
                yield from MARK.findall(comment.body)
        for revision in self.revisions.values():
            yield from MARK.findall(revision.body)
        if self.me is not None:
            yield from (mark("email", self.me.id), mark("agent", self.me.id))
