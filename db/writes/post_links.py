"""What posts are linked to: tags and further authors, for many posts in a few statements."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import delete, insert, select

from core.refusals import InputRefusal, Refusal, RefusalCode, not_found
from db.database import WriteSession
from db.models import PostCoauthor, PostTag, User
from db.writes.tags import ensure_tags

Ids = Sequence[int]


async def known_users(session: WriteSession, user_ids: Collection[int]) -> set[int]:
    """Which of these users there are: one statement, or none."""
    if not user_ids:
        return set()
    return set(await session.scalars(select(User.id).where(User.id.in_(user_ids))))


def coauthor_refusals(coauthor_ids: Ids, author_id: int, known: Collection[int]) -> Iterator[Refusal]:
    """Each must be there, and be another than the author."""
    for index, user_id in enumerate(coauthor_ids):
        if user_id == author_id:
            message = "The author of a post is none of its co-authors."
            yield InputRefusal(RefusalCode.INVALID, message, ("co_authors", index))
        elif user_id not in known:
            yield not_found("user", "co_authors", index)


async def link_tags(session: WriteSession, tag_ids: Mapping[int, Ids]) -> None:
    """Give posts their tags, by the posts' ids, in this order: one statement, or none."""
    rows = [
        {"post_id": post_id, "tag_id": tag_id, "position": position}
        for post_id, ids in tag_ids.items()
        for position, tag_id in enumerate(dict.fromkeys(ids))
    ]
    if rows:
        await session.execute(insert(PostTag).values(rows))


async def link_coauthors(session: WriteSession, coauthor_ids: Mapping[int, Ids], authors: Mapping[int, int]) -> None:
    """Give posts their further authors, by the posts' ids; `authors` are the posts' own: one statement, or none."""
    rows = [
        {"post_id": post_id, "user_id": user_id, "author_id": authors[post_id], "position": position}
        for post_id, ids in coauthor_ids.items()
        for position, user_id in enumerate(dict.fromkeys(ids))
    ]
    if rows:
        await session.execute(insert(PostCoauthor).values(rows))


async def unlink_tags(session: WriteSession, post_id: int) -> None:
    """Take all tags from a post."""
    await session.execute(delete(PostTag).where(PostTag.post_id == post_id))


async def unlink_coauthors(session: WriteSession, post_id: int) -> None:
    """Take all further authors from a post."""
    await session.execute(delete(PostCoauthor).where(PostCoauthor.post_id == post_id))


async def changed_tags(session: WriteSession, post_id: int, names: Sequence[str] | None) -> list[int] | None:
    """The tags of these names, missing ones made; None where no names are given, or the post carries just these."""
    if names is None:
        return None
    found, _ = await ensure_tags(session, names)
    carried = select(PostTag.tag_id).where(PostTag.post_id == post_id).order_by(PostTag.position, PostTag.tag_id)
    return None if found == list(await session.scalars(carried)) else found


async def changed_coauthors(session: WriteSession, post_id: int, coauthor_ids: Ids | None) -> list[int] | None:
    """These further authors, each once; None where none are given, or the post has just these."""
    if coauthor_ids is None:
        return None
    links = select(PostCoauthor.user_id).where(PostCoauthor.post_id == post_id)
    ordered = links.order_by(PostCoauthor.position, PostCoauthor.user_id)
    wanted = list(dict.fromkeys(coauthor_ids))
    return None if wanted == list(await session.scalars(ordered)) else wanted
