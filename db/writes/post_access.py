"""Posts that a mutation means: locked, and what the viewer may do to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, literal, select

from core.refusals import Refusal, RefusalCode, RefusedError, VersionRefusal, not_found, required_role
from core.viewer import Viewer
from db.database import WriteSession
from db.models import Post
from db.reads.rights import in_byline, may_read, may_update


@dataclass(frozen=True, slots=True)
class LockedPost:
    """A post that nobody else writes to until this transaction ends. `own`: the viewer stands in its byline."""

    id: int
    slug: str
    version: int
    status: str
    author_id: int
    published_at: datetime | None
    own: bool


def own_post(viewer: Viewer) -> ColumnElement[bool]:
    """Whether the viewer stands in the byline of the post of a row of `Post`."""
    return in_byline(Post.__table__.c.id, literal(viewer.user_id, BigInteger))


async def lock_posts(session: WriteSession, viewer: Viewer, post_ids: Sequence[int]) -> dict[int, LockedPost]:
    """Lock those of the posts that the viewer may read, in the order of their ids: one statement."""
    columns = (Post.id, Post.slug, Post.version, Post.status, Post.author_id, Post.published_at)
    statement = select(*columns, own_post(viewer)).where(Post.id.in_(post_ids)).order_by(Post.id)
    found = await session.execute(statement.with_for_update(of=Post))
    posts = (LockedPost(*row) for row in found)
    return {post.id: post for post in posts if may_read(viewer, post.status, own=post.own)}


async def lock_post(
    session: WriteSession, viewer: Viewer, post_id: int, expected_version: int | None, to_do: str
) -> LockedPost:
    """Lock one post that the viewer may update.

    Raises:
        RefusedError: there is none that he may see, or he may not, or it is at another version.

    """
    post = (await lock_posts(session, viewer, [post_id])).get(post_id)
    if refusal := refusal_to_write(viewer, post, expected_version, to_do):
        raise RefusedError(refusal)
    assert post is not None
    return post


def refusal_to_write(
    viewer: Viewer, post: LockedPost | None, expected_version: int | None, to_do: str, *id_path: str | int
) -> Refusal | None:
    """Why the viewer cannot write to a post; `id_path` is where its id stood, `("id",)` when absent."""
    path = id_path or ("id",)
    if post is None:
        return not_found("post", *path)
    if not may_update(viewer, own=post.own):
        return required_role("AUTHOR" if post.own else "EDITOR", f"{to_do} this post", *path)
    if expected_version is not None and expected_version != post.version:
        message = f"The post is at version {post.version}, not {expected_version}: another wrote to it."
        return VersionRefusal(
            RefusalCode.VERSION_CONFLICT, message, ("expected_version",), expected_version, post.version, post.id
        )
    return None
