"""Posts that come from files: what is known of each file, so that an unchanged one writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Post, PostSource
from db.writes.posts import PostContent, create_post, free_post_slug, update_post


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What the last import of a file left behind."""

    post_id: int
    content_hash: str
    slug: str


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """One file as it is now."""

    source: str
    path: str
    content_hash: str
    slug: str
    front_matter: Mapping[str, Any]


async def known_files(session: AsyncSession, source: str) -> dict[str, KnownFile]:
    """All files of a source that were imported before, by path."""
    found = await session.execute(
        select(PostSource.path, PostSource.post_id, PostSource.content_hash, PostSource.slug).where(
            PostSource.source == source
        )
    )
    return {path: KnownFile(post_id, content_hash, slug) for path, post_id, content_hash, slug in found}


async def same_post(session: AsyncSession, slug: str, title: str, body: str) -> int | None:
    """The post that already stands under a slug with just this title and body."""
    statement = select(Post.id).where(Post.slug == slug, Post.title == title, Post.body == body)
    return await session.scalar(statement)


async def import_post(session: AsyncSession, file: ImportedFile, content: PostContent, editor_id: int | None) -> str:
    """Make the post of a file that was not imported before; answers its slug, which is free."""
    slug = await free_post_slug(session, file.slug)
    post = await create_post(session, slug, content, editor_id)
    await _remember(session, file, post.id)
    return slug


async def adopt_post(session: AsyncSession, file: ImportedFile, post_id: int) -> None:
    """Remember that a post which is there already is what a file holds; one from another file stays that file's."""
    if await session.get(PostSource, post_id) is None:
        await _remember(session, file, post_id)


async def move_post(session: AsyncSession, file: ImportedFile, post_id: int) -> None:
    """Remember that the file of a post lies elsewhere now."""
    await _remember(session, file, post_id)


async def reimport_post(
    session: AsyncSession, file: ImportedFile, known: KnownFile, content: PostContent, editor_id: int | None
) -> str:
    """Write the post of a file that changed; its slug changes only if the file's own did. Answers the slug."""
    post = await session.get_one(Post, known.post_id, with_for_update=True)
    slug = None
    if file.slug not in (known.slug, post.slug):
        slug = await free_post_slug(session, file.slug)
    await update_post(session, post, content, editor_id, slug)
    await _remember(session, file, post.id)
    return post.slug


async def _remember(session: AsyncSession, file: ImportedFile, post_id: int) -> None:
    values = {
        "source": file.source,
        "path": file.path,
        "content_hash": file.content_hash,
        "slug": file.slug,
        "front_matter": dict(file.front_matter),
    }
    found = await session.execute(
        update(PostSource).where(PostSource.post_id == post_id).values(values).returning(PostSource.post_id)
    )
    if found.first() is None:
        await session.execute(insert(PostSource).values(post_id=post_id, **values))
