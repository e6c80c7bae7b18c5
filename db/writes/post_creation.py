"""New posts, one or a hundred in the same few statements."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from sqlalchemy import func, insert

from core.markdown import Rendered, excerpt
from core.refusals import Refusal, RefusalCode, TakenRefusal
from core.slugs import slugify
from db.database import WriteSession
from db.models import Post, Revision
from db.writes.post_drafts import NewPost
from db.writes.post_links import coauthor_refusals, known_users, link_coauthors, link_tags
from db.writes.slugs import free_slug, lock_slugs, slugs_like
from db.writes.tags import tags_by_slug

# Of a title that leaves no slug.
NAMELESS = "post"


async def prepare_slugs(
    session: WriteSession, author_id: int, posts: Mapping[int, NewPost]
) -> tuple[dict[int, str], dict[int, list[Refusal]]]:
    """The slug of each post that can be made, and the reasons against the others; by the posts' numbers.

    Whoever else wants one of these slugs waits until this transaction ends. Four statements at most.
    """
    wanted = {number: post.slug or slugify(post.title) or NAMELESS for number, post in posts.items()}
    await lock_slugs(session, wanted.values())
    taken = await slugs_like(session, Post.slug, set(wanted.values()))
    users = await known_users(session, {user_id for post in posts.values() for user_id in post.coauthor_ids})
    slugs: dict[int, str] = {}
    refusals: dict[int, list[Refusal]] = {}
    # Those that name their slug come first: the others go around them.
    for number in sorted(posts, key=lambda number: (posts[number].slug is None, number)):
        post = posts[number]
        found = [*_slug_refusals(post, taken), *coauthor_refusals(post.coauthor_ids, author_id, users)]
        if found:
            refusals[number] = found
        else:
            slugs[number] = free_slug(wanted[number], taken)
            taken.add(slugs[number])
    # Only now is it known what the others leave free.
    return slugs, {number: [_suggesting(refusal, taken) for refusal in found] for number, found in refusals.items()}


async def make_posts(
    session: WriteSession,
    author_id: int,
    posts: Mapping[int, NewPost],
    rendered: Mapping[int, Rendered],
    slugs: Mapping[int, str],
) -> dict[int, int]:
    """Make posts, with their tags, further authors and first revisions; answers their ids by their numbers.

    Seven statements at most, however many posts.
    """
    if not posts:
        return {}
    tags, _ = await tags_by_slug(session, [name for post in posts.values() for name in post.tags])
    rows = [_row(author_id, slugs[number], post, rendered[number]) for number, post in posts.items()]
    made = await session.execute(insert(Post).values(rows).returning(Post.slug, Post.id))
    by_slug: dict[str, int] = {row.slug: row.id for row in made}
    ids = {number: by_slug[slugs[number]] for number in posts}
    await link_tags(session, {ids[n]: [tags[slugify(name)] for name in post.tags] for n, post in posts.items()})
    authors = dict.fromkeys(ids.values(), author_id)
    await link_coauthors(session, {ids[n]: post.coauthor_ids for n, post in posts.items()}, authors)
    revisions = [
        {
            "post_id": ids[number],
            "version": 1,
            "editor_id": author_id,
            "title": post.title.strip(),
            "summary": post.summary or excerpt(rendered[number].text),
            "body": post.body,
        }
        for number, post in posts.items()
    ]
    await session.execute(insert(Revision).values(revisions))
    return ids


def _slug_refusals(post: NewPost, taken: Collection[str]) -> Iterator[Refusal]:
    if post.slug is not None and post.slug in taken:
        message = f"Another post has the slug {post.slug}."
        yield TakenRefusal(RefusalCode.TAKEN, message, ("slug",), post.slug)


def _suggesting(refusal: Refusal, taken: Collection[str]) -> Refusal:
    """The same, with a free slug in the place of one that is taken."""
    if isinstance(refusal, TakenRefusal) and refusal.suggestion is not None:
        return replace(refusal, suggestion=free_slug(refusal.suggestion, taken))
    return refusal


def _row(author_id: int, slug: str, post: NewPost, rendered: Rendered) -> dict[str, object]:
    now = func.now()
    return {
        "slug": slug,
        "author_id": author_id,
        "title": post.title.strip(),
        "summary": post.summary or None,
        "status": post.status,
        "published_at": None if post.status == "DRAFT" else post.published_at or now,
        "canonical_url": post.canonical_url,
        "body": post.body,
        **made_of(rendered),
        "created_at": now,
        "updated_at": now,
    }


def made_of(rendered: Rendered) -> dict[str, object]:
    """The columns that are made of a body."""
    return {
        "body_html": rendered.html,
        "body_text": rendered.text,
        "excerpt": excerpt(rendered.text),
        "word_count": rendered.word_count,
    }
