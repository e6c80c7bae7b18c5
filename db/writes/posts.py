"""Posts: every write to a text makes a revision, and the version goes up by one with each write."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.markdown import Rendered, excerpt
from db.models import Post, PostCoauthor, PostTag, Revision
from db.writes.slugs import free_slug, lock_slugs, slugs_like


@dataclass(frozen=True, slots=True)
class PostContent:
    """All that is written of a post; `rendered` is what `core.markdown.render` makes of `body`."""

    title: str
    body: str
    rendered: Rendered
    author_id: int
    summary: str | None = None
    status: str = "DRAFT"
    published_at: datetime | None = None
    updated_at: datetime | None = None
    canonical_url: str | None = None
    coauthor_ids: Sequence[int] = ()
    tag_ids: Sequence[int] = ()


async def free_post_slug(session: AsyncSession, wanted: str) -> str:
    """The slug itself, or with the least number behind it that makes it free, for this transaction."""
    await lock_slugs(session, [wanted])
    return free_slug(wanted, await slugs_like(session, Post.slug, [wanted]))


async def create_post(session: AsyncSession, slug: str, content: PostContent, editor_id: int | None) -> Post:
    """Make a post, whose slug must be free, with its first revision."""
    now = datetime.now(UTC)
    post = Post(slug=slug, created_at=content.published_at or now, version=1)
    _write(post, content, content.updated_at or content.published_at or now)
    session.add(post)
    await session.flush()
    await _link(session, post, content)
    await _revise(session, post, editor_id)
    return post


async def update_post(
    session: AsyncSession, post: Post, content: PostContent, editor_id: int | None, slug: str | None = None
) -> None:
    """Write a post anew; `slug` must be free, and None keeps it. Rows that stay as they are are not touched."""
    text = (post.title, post.summary, post.body)
    await session.execute(delete(PostCoauthor).where(PostCoauthor.post_id == post.id))
    post.slug = slug or post.slug
    post.version += 1
    _write(post, content, content.updated_at or datetime.now(UTC))
    await session.flush()
    await session.execute(delete(PostTag).where(PostTag.post_id == post.id))
    await _link(session, post, content)
    if text != (post.title, post.summary, post.body):
        await _revise(session, post, editor_id)


def _write(post: Post, content: PostContent, updated_at: datetime) -> None:
    post.title = content.title
    post.summary = content.summary
    post.body = content.body
    post.body_html = content.rendered.html
    post.body_text = content.rendered.text
    post.excerpt = excerpt(content.rendered.text)
    post.word_count = content.rendered.word_count
    post.status = content.status
    post.published_at = content.published_at
    post.canonical_url = content.canonical_url
    post.author_id = content.author_id
    post.updated_at = updated_at


async def _link(session: AsyncSession, post: Post, content: PostContent) -> None:
    coauthors = [
        {"post_id": post.id, "user_id": user_id, "author_id": post.author_id, "position": position}
        for position, user_id in enumerate(content.coauthor_ids)
    ]
    tags = [
        {"post_id": post.id, "tag_id": tag_id, "position": position} for position, tag_id in enumerate(content.tag_ids)
    ]
    if coauthors:
        await session.execute(insert(PostCoauthor), coauthors)
    if tags:
        await session.execute(insert(PostTag), tags)


async def _revise(session: AsyncSession, post: Post, editor_id: int | None) -> None:
    session.add(
        Revision(
            post_id=post.id,
            version=post.version,
            editor_id=editor_id,
            title=post.title,
            summary=post.summary if post.summary is not None else post.excerpt,
            body=post.body,
        )
    )
    await session.flush()
