"""The reads that experiments share: pages of posts, as the API reads them."""

from core.viewer import ANONYMOUS, Asker
from db.database import ReadSession
from db.pages import Page, PageArgs, SortKey
from db.reads.post_filter import PostFilter
from db.reads.post_pages import PostOrder, page_posts
from db.reads.post_rows import PostRow
from db.rows import Columns

FEED = 50
"""Posts of a feed."""

LISTED = ("id", "title", "slug", "published_at", "author_id")
"""What a list shows of a post, and whose it is."""


async def newest(
    session: ReadSession, size: int = FEED, *, columns: Columns = LISTED, after: SortKey | None = None
) -> Page[PostRow]:
    """The newest posts, or the newest behind a place: one statement."""
    args = PageArgs(size, after=after)
    asker = Asker(ANONYMOUS)
    where = PostFilter()
    [page] = await page_posts(session, asker, None, [None], order=PostOrder(), where=where, args=args, columns=columns)
    return page
