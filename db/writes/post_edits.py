"""Changes of a post's text, tags, byline and address; restoring an earlier text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, func, insert, literal, select, update

from core.markdown import Rendered, excerpt
from core.refusals import InputRefusal, Refusal, RefusalCode, RefusedError, TakenRefusal, not_found
from core.viewer import Viewer
from db.database import WriteSession
from db.models import Post, Revision
from db.writes.post_access import LockedPost, lock_post
from db.writes.post_creation import made_of
from db.writes.post_drafts import (
    MOST_COAUTHORS,
    body_refusals,
    rendered,
    summary_refusals,
    tag_refusals,
    title_refusals,
)
from db.writes.post_links import (
    changed_coauthors,
    changed_tags,
    coauthor_refusals,
    known_users,
    link_coauthors,
    link_tags,
    unlink_coauthors,
    unlink_tags,
)
from db.writes.rules import list_refusals, refuse, slug_refusals, url_refusals
from db.writes.slugs import free_slug, lock_slugs, slugs_like

TEXT = ("title", "summary", "body")


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to change: new values of `columns` by name, and all new tags or further authors, or None to keep them."""

    columns: Mapping[str, Any]
    tags: Sequence[str] | None = None
    coauthor_ids: Sequence[int] | None = None


def edit_refusals(edit: Edit) -> list[Refusal]:
    """All that is wrong with an edit, as far as it shows in itself."""
    given = edit.columns
    checks = {"title": title_refusals, "summary": summary_refusals, "body": body_refusals}
    found = [refusal for name, check in checks.items() if name in given for refusal in check(given[name])]
    if "slug" in given and given["slug"] is None:
        found.append(InputRefusal(RefusalCode.REQUIRED, "This must not be null.", ("slug",)))
    elif "slug" in given:
        found += slug_refusals(given["slug"], ("slug",))
    found += url_refusals(given.get("canonical_url"), ("canonical_url",))
    found += tag_refusals(edit.tags or ())
    return [*found, *list_refusals(edit.coauthor_ids or (), ("co_authors",), longest=MOST_COAUTHORS)]


async def edit_post(
    session: WriteSession,
    viewer: Viewer,
    post_id: int,
    expected_version: int | None,
    edit: Edit,
    new_body: Rendered | None,
) -> None:
    """Change a post; what stays as it is writes nothing. `new_body` is what the edit's body becomes.

    Raises:
        RefusedError: the viewer may not, the version is another, the slug is taken, or a co-author is unknown.

    """
    post = await lock_post(session, viewer, post_id, expected_version, "update")
    await _refuse_links(session, post, edit)
    changed = await _changed_columns(session, post_id, edit.columns)
    tag_ids = await changed_tags(session, post_id, edit.tags)
    coauthor_ids = await changed_coauthors(session, post_id, edit.coauthor_ids)
    if not changed and tag_ids is None and coauthor_ids is None:
        return
    values = dict(changed)
    if "body" in changed and new_body is not None:
        values |= made_of(new_body)
    await _write(session, viewer, post, values)
    if tag_ids is not None:
        await unlink_tags(session, post_id)
        await link_tags(session, {post_id: tag_ids})
    if coauthor_ids is not None:
        await unlink_coauthors(session, post_id)
        await link_coauthors(session, {post_id: coauthor_ids}, {post_id: post.author_id})


async def restore_revision(
    session: WriteSession, viewer: Viewer, post_id: int, version: int, expected_version: int | None
) -> None:
    """Write an earlier text again, as a new version.

    Raises:
        RefusedError: the viewer may not, the version is another, or there is no such text.

    """
    post = await lock_post(session, viewer, post_id, expected_version, "update")
    earlier = await session.scalar(select(Revision).where(Revision.post_id == post_id, Revision.version == version))
    if earlier is None:
        raise RefusedError(not_found("version", "version"))
    [body] = await rendered([earlier.body])
    # A summary that is the start of the text was never written by hand.
    summary = None if earlier.summary == excerpt(body.text) else earlier.summary
    text = {"title": earlier.title, "summary": summary, "body": earlier.body}
    changed = await _changed_columns(session, post_id, text)
    if changed:
        await _write(session, viewer, post, {**changed, **made_of(body)})


async def _changed_columns(session: WriteSession, post_id: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the new values that are other than the old ones."""
    if not given:
        return {}
    new = {name: _tidy(name, value) for name, value in given.items()}
    columns = [Post.__table__.c[name] for name in new]
    old = (await session.execute(select(*columns).where(Post.id == post_id))).one()
    return {name: value for (name, value), before in zip(new.items(), old, strict=True) if value != before}


def _tidy(name: str, value: Any) -> Any:
    if name == "title":
        return value.strip()
    return value or None if name == "summary" else value


async def _write(session: WriteSession, viewer: Viewer, post: LockedPost, values: Mapping[str, Any]) -> None:
    """Write the post at its next version, and keep the text if it is a new one."""
    written = {**values, "version": post.version + 1, "updated_at": func.now()}
    options = {"synchronize_session": False}
    await session.execute(update(Post).where(Post.id == post.id).values(written), execution_options=options)
    if any(name in values for name in TEXT):
        columns = ["post_id", "version", "editor_id", "title", "summary", "body"]
        summary = func.coalesce(Post.summary, Post.excerpt)
        text = select(Post.id, Post.version, literal(viewer.user_id, BigInteger), Post.title, summary, Post.body)
        await session.execute(insert(Revision).from_select(columns, text.where(Post.id == post.id)))


async def _refuse_links(session: WriteSession, post: LockedPost, edit: Edit) -> None:
    """Refuse a slug that another post has, and co-authors that cannot be."""
    refusals: list[Refusal] = []
    slug = edit.columns.get("slug")
    if slug is not None and slug != post.slug:
        await lock_slugs(session, [slug])
        taken = await slugs_like(session, Post.slug, [slug])
        if slug in taken:
            message = f"Another post has the slug {slug}."
            refusals.append(TakenRefusal(RefusalCode.TAKEN, message, ("slug",), free_slug(slug, taken)))
    if edit.coauthor_ids:
        known = await known_users(session, edit.coauthor_ids)
        refusals += coauthor_refusals(edit.coauthor_ids, post.author_id, known)
    refuse(refusals)
