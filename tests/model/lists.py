"""What a reader finds, by plain walks over lists: rights, conditions, orders and pages, the naive way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gql.relay.cursors import decode_cursor, encode_cursor
from gql.relay.ids import decode_id, encode_id
from tests.model.blog import Blog, Comment, Post, Revision, Session, Tag, User

Place = tuple[Any, int]
Arguments = Mapping[str, Any]


def lower(text: str) -> str:
    """As Unicode's simple mapping has it: letter by letter, each to one."""
    return "".join(c.lower()[0] for c in text)


@dataclass(frozen=True, slots=True)
class Order:
    """What a list is ordered by."""

    name: str
    key: Callable[[Any], Any]
    descending: bool = False

    def place(self, row: Any) -> Place:
        return self.key(row), row.id

    def cursor(self, row: Any) -> str:
        return encode_cursor(self.name, self.place(row))


NEVER = datetime.max.replace(tzinfo=UTC)
"""A post that was never published comes as the newest."""

POST_KEYS: Mapping[str, Callable[[Post], Any]] = {
    "PUBLISHED_AT": lambda post: post.published_at or NEVER,
    "UPDATED_AT": lambda post: post.updated_at,
    "CREATED_AT": lambda post: post.created_at,
    "TITLE": lambda post: lower(post.title)[:100].encode(),
}
USERNAME = Order("USERNAME", lambda user: lower(user.username))
TAG_NAME = Order("TAG_NAME", lambda tag: lower(tag.name))
VERSION = Order("VERSION", lambda revision: revision.version, descending=True)


def post_order(name: str, *, descending: bool) -> Order:
    key = POST_KEYS[name]
    if name == "TITLE":  # cursors carry text; code points and UTF-8 bytes have the same order
        return Order(name, lambda post: key(post).decode(), descending)
    return Order(name, key, descending)


def comment_order(*, descending: bool) -> Order:
    return Order("COMMENTED_AT", lambda comment: comment.created_at, descending)


@dataclass(frozen=True, slots=True)
class Edge:
    node: Any
    cursor: str


@dataclass(frozen=True, slots=True)
class Page:
    edges: list[Edge]
    has_next_page: bool
    has_previous_page: bool
    total_count: int

    @property
    def nodes(self) -> list[Any]:
        return [edge.node for edge in self.edges]

    @property
    def page_info(self) -> "Page":
        return self

    @property
    def start_cursor(self) -> str | None:
        return self.edges[0].cursor if self.edges else None

    @property
    def end_cursor(self) -> str | None:
        return self.edges[-1].cursor if self.edges else None


def page(rows: Sequence[Any], order: Order, arguments: Arguments) -> Page:
    """The page of a list that Relay's four arguments mean."""
    ordered = sorted(rows, key=order.place, reverse=order.descending)

    def precedes(one: Place, other: Place) -> bool:
        return one > other if order.descending else one < other

    def is_after(row: Any) -> bool:
        return after is None or precedes(after, order.place(row))

    def is_before(row: Any) -> bool:
        return before is None or precedes(order.place(row), before)

    after, before = (_decode(order, arguments.get(name), name) for name in ("after", "before"))
    between = [row for row in ordered if is_after(row) and is_before(row)]
    first, last = arguments.get("first"), arguments.get("last")
    if last is not None:
        taken = between[max(0, len(between) - last) :]
        dropped_before, dropped_after = len(taken) < len(between), False
    else:
        taken = between[: 20 if first is None else first]
        dropped_before, dropped_after = False, len(taken) < len(between)
    return Page(
        [Edge(row, order.cursor(row)) for row in taken],
        has_next_page=dropped_after or any(not is_before(row) for row in rows),
        has_previous_page=dropped_before or any(not is_after(row) for row in rows),
        total_count=len(rows),
    )


def _decode(order: Order, cursor: str | None, argument: str) -> Place | None:
    return None if cursor is None else decode_cursor(order.name, cursor, argument)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who is signed in."""

    id: int
    email: str | None


class Lists:
    """The lists of a blog that somebody may see: `me`, or anybody. Each user has one session."""

    def __init__(self, blog: Blog, me: User | None = None) -> None:
        self.blog = blog
        self.me = me
        self.moderates = me is not None and me.role in ("EDITOR", "ADMIN")
        self.users: dict[int, User] = {user.id: user for user in blog.users}
        self.tags: dict[int, Tag] = {tag.id: tag for tag in blog.tags}
        self.posts: dict[int, Post] = {post.id: post for post in blog.posts if self._sees(post)}
        self.comments: dict[int, Comment] = {c.id: c for c in blog.comments if c.post_id in self.posts}
        writable = {post.id for post in self.posts.values() if self.may_update(post)}
        self.revisions: dict[int, Revision] = {r.id: r for r in blog.revisions if r.post_id in writable}
        self.sessions: dict[int, Session] = {s.id: s for s in blog.sessions if me is not None and s.user_id == me.id}
        self.viewer = None if me is None else Viewer(me.id, me.email)

    def _sees(self, post: Post) -> bool:
        return post.status == "PUBLISHED" or self.moderates or self._is_mine(post)

    def _is_mine(self, post: Post) -> bool:
        return self.me is not None and self.me.id in self.bylines(post)

    def may_update(self, post: Post) -> bool:
        return self.moderates or (self.me is not None and self.me.role == "AUTHOR" and self._is_mine(post))

    def may_update_comment(self, comment: Comment) -> bool:
        return self.me is not None and comment.author_id == self.me.id and comment.status == "VISIBLE"

    def revisions_of(self, post: Post) -> list[Revision]:
        return [revision for revision in self.revisions.values() if revision.post_id == post.id]

    @property
    def published(self) -> list[Post]:
        return [post for post in self.posts.values() if post.status == "PUBLISHED"]

    def node(self, node_id: str) -> Any:
        type_name, row_id = decode_id(node_id)
        kinds: dict[str, Mapping[int, Any]] = {
            "User": self.users,
            "Post": self.posts,
            "Tag": self.tags,
            "Comment": self.comments,
            "Revision": self.revisions,
            "Session": self.sessions,
            "Viewer": {} if self.viewer is None else {self.viewer.id: self.viewer},
        }
        return kinds[type_name].get(row_id)

    def post_by(self, by: Arguments) -> Post | None:
        posts = self.posts.values()
        return next((p for p in posts if by in ({"id": encode_id("Post", p.id)}, {"slug": p.slug})), None)

    def bylines(self, post: Post) -> set[int]:
        return {post.author_id, *(link.user_id for link in self.blog.co_authors if link.post_id == post.id)}

    def co_authors(self, post: Post) -> list[User]:
        links = [link for link in self.blog.co_authors if link.post_id == post.id]
        return [self.users[link.user_id] for link in sorted(links, key=lambda link: (link.position, link.user_id))]

    def tags_of(self, post: Post) -> list[Tag]:
        links = [link for link in self.blog.post_tags if link.post_id == post.id]
        return [self.tags[link.tag_id] for link in sorted(links, key=lambda link: (link.position, link.tag_id))]

    def written_by(self, user: User) -> list[Post]:
        return [post for post in self.posts.values() if user.id in self.bylines(post)]

    def carrying(self, tag: Tag) -> list[Post]:
        return [post for post in self.posts.values() if tag in self.tags_of(post)]

    def comments_on(self, post: Post) -> list[Comment]:
        return [comment for comment in self.comments.values() if comment.post_id == post.id]

    def replies_to(self, above: Comment) -> list[Comment]:
        return [comment for comment in self.comments.values() if comment.parent_id == above.id]

    def newest_first(self, posts: Sequence[Post]) -> list[Post]:
        return sorted(posts, key=lambda post: (_published(post), post.id), reverse=True)

    def neighbour(self, post: Post, step: int) -> Post | None:
        if post.status != "PUBLISHED":
            return None
        line = self.newest_first(self.published)
        at = line.index(post) + step
        return line[at] if 0 <= at < len(line) else None

    def related(self, post: Post, first: int) -> list[Post]:
        common: dict[int, int] = {}
        for tag in self.tags_of(post):
            for other in self.newest_first([one for one in self.carrying(tag) if one.status == "PUBLISHED"])[:500]:
                common[other.id] = common.get(other.id, 0) + 1
        common.pop(post.id, None)
        ranked = self.newest_first([self.posts[key] for key in common])
        return sorted(ranked, key=lambda other: -common[other.id])[:first]


def _published(post: Post) -> datetime:
    assert post.published_at is not None
    return post.published_at
