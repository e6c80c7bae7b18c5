"""Posts as they are asked for: rules that need no database, and what is made of texts before a transaction."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.markdown import Rendered, render
from core.refusals import InputRefusal, Refusal, RefusalCode
from core.slugs import slugify
from db.writes.rules import list_refusals, slug_refusals, text_refusals, url_refusals

LONGEST_TITLE = 300
LONGEST_SUMMARY = 2_000
LONGEST_BODY = 1_000_000
LONGEST_TAG = 100
MOST_TAGS = 50
MOST_COAUTHORS = 50
# Clocks differ: what a client calls now may be a little later than our own.
_CLOCKS_DIFFER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post to be made. Without `slug`, one is made from the title."""

    title: str
    body: str
    slug: str | None = None
    summary: str | None = None
    status: str = "DRAFT"
    published_at: datetime | None = None
    canonical_url: str | None = None
    tags: Sequence[str] = ()
    coauthor_ids: Sequence[int] = ()


def draft_refusals(post: NewPost) -> list[Refusal]:
    """All that is wrong with a post to be made, as far as it shows in itself."""
    return [
        *title_refusals(post.title),
        *([] if post.slug is None else slug_refusals(post.slug, ("slug",))),
        *summary_refusals(post.summary),
        *body_refusals(post.body),
        *_date_refusals(post),
        *url_refusals(post.canonical_url, ("canonical_url",)),
        *tag_refusals(post.tags),
        *list_refusals(post.coauthor_ids, ("co_authors",), longest=MOST_COAUTHORS),
    ]


def title_refusals(title: str | None) -> Iterator[Refusal]:
    """A title must be there."""
    return text_refusals(title, ("title",), longest=LONGEST_TITLE)


def summary_refusals(summary: str | None) -> Iterator[Refusal]:
    """A summary may be missing."""
    return text_refusals(summary, ("summary",), longest=LONGEST_SUMMARY, required=False)


def body_refusals(body: str | None) -> Iterator[Refusal]:
    """A body may be empty, not null."""
    if body is None:
        yield InputRefusal(RefusalCode.REQUIRED, "This must not be null.", ("body",))
    else:
        yield from text_refusals(body, ("body",), longest=LONGEST_BODY, required=False)


def tag_refusals(names: Sequence[str]) -> Iterator[Refusal]:
    """Each name must leave a slug."""
    yield from list_refusals(names, ("tags",), longest=MOST_TAGS)
    for index, name in enumerate(names):
        yield from text_refusals(name, ("tags", index), longest=LONGEST_TAG)
        if name.strip() and not slugify(name):
            yield InputRefusal(RefusalCode.INVALID, "A tag has at least a letter or a digit.", ("tags", index))


def _date_refusals(post: NewPost) -> Iterator[Refusal]:
    if post.published_at is None:
        return
    if post.status == "DRAFT":
        message = "A draft has no date of publication: create the post as PUBLISHED."
        yield InputRefusal(RefusalCode.INVALID, message, ("published_at",))
    elif post.published_at > datetime.now(UTC) + _CLOCKS_DIFFER:
        yield InputRefusal(RefusalCode.INVALID, "This lies in the future; posts are not scheduled.", ("published_at",))


async def rendered(bodies: Sequence[str]) -> list[Rendered]:
    """What the texts become, made in a thread, one after the other."""
    return await asyncio.to_thread(lambda: [render(body) for body in bodies])
