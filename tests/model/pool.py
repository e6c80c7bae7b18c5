"""What random queries take their arguments from: values that stand in a blog, some that are hidden, some unknown."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gql.relay.ids import encode_id
from tests.model.blog import Blog, Comment, Post, Revision, Session, Tag, User
from tests.model.lists import TAG_NAME, USERNAME, Order, comment_order, lower, post_order


@dataclass(slots=True)
class Pool:
    """Values for arguments; `plain` leaves out whatever could tell one row from its siblings."""

    ids: list[str]
    authors: list[str]
    slugs: list[str]
    tag_slugs: list[str]
    usernames: list[str]
    instants: list[str]
    starts: list[str]
    parts: list[str]
    cursors: dict[str, list[str]] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    plain: bool = False


def pool_of(blog: Blog) -> Pool:
    """All rows of a blog, the hidden ones too."""
    users, tags = blog.users, blog.tags
    unknown = 9_999
    rows: list[User | Tag | Post | Comment | Revision | Session] = [
        *users,
        *tags,
        *blog.posts,
        *blog.comments,
        *blog.revisions[:4],
        *blog.sessions[:2],
    ]
    names = [user.username for user in users]
    dates = [value for post in blog.posts for value in (post.published_at, post.created_at) if value is not None]
    titles = [post.title for post in blog.posts]
    published = [post.slug for post in blog.posts if post.status == "PUBLISHED"]
    keys = [*((type(row).__name__, row.id) for row in rows), ("Post", unknown), ("Viewer", users[0].id)]
    return Pool(
        ids=[encode_id(*key) for key in keys],
        authors=[encode_id("User", key) for key in (*(user.id for user in users), unknown)],
        slugs=[*(post.slug for post in blog.posts), *published, *published, "nowhere", ""],
        tag_slugs=[*(tag.slug for tag in tags), "nowhere"],
        usernames=[*names, *(name.swapcase() for name in names), "nobody", ""],
        instants=sorted({date.isoformat() for date in dates} | {"2024-03-01T01:00:00+02:00"}),
        starts=["", *(lower(tag.name)[:2] for tag in tags), *(tag.name[:1].upper() for tag in tags), "%"],
        parts=["", "%", "_", "ΣΟ", "zzz", *(t[:3] for t in titles), *(t[2:9].swapcase() for t in titles)],
        cursors=_cursors(blog),
    )


def _cursors(blog: Blog) -> dict[str, list[str]]:
    post_orders = [post_order(n, descending=True) for n in ("PUBLISHED_AT", "UPDATED_AT", "CREATED_AT", "TITLE")]
    lists: list[tuple[Order, Sequence[object]]] = [
        *((order, blog.posts) for order in post_orders),
        (comment_order(descending=False), blog.comments),
        (USERNAME, blog.users),
        (TAG_NAME, blog.tags),
    ]
    return {order.name: [order.cursor(row) for row in rows] for order, rows in lists}
