"""Rows of posts, and of what hangs from each: tags, co-authors, revisions."""

from collections.abc import Iterable, Iterator

from core.markdown import excerpt
from core.slugs import slugify
from db.seed.plan import FirstIds, Record, instant
from db.seed.posts import PostSeeds, SeededPost

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ENOUGH_FOR_EXCERPT = 400


def post_records(seeds: PostSeeds, first: FirstIds, posts: Iterable[SeededPost]) -> Iterator[Record]:
    """Rows for `posts`."""
    for post in posts:
        post_id, body = first.posts + post.number, seeds.body(post)
        yield (
            post_id,
            # The id makes it unique beside whatever is there already.
            f"{slugify(post.title)}-{_in_base_36(post_id)}",
            post.title,
            post.summary,
            excerpt(body.plain[:_ENOUGH_FOR_EXCERPT]),
            body.source,
            body.html,
            body.plain,
            body.word_count,
            post.status,
            f"https://example.org/{post_id}" if post.number % 50 == 0 else None,
            first.users + post.author,
            instant(post.created),
            instant(post.updated),
            None if post.published is None else instant(post.published),
            post.revisions,
        )


def tag_link_records(_seeds: PostSeeds, first: FirstIds, posts: Iterable[SeededPost]) -> Iterator[Record]:
    """Rows for `post_tags`."""
    for post in posts:
        for position, tag in enumerate(post.tags):
            yield first.posts + post.number, first.tags + tag, position


def coauthor_records(_seeds: PostSeeds, first: FirstIds, posts: Iterable[SeededPost]) -> Iterator[Record]:
    """Rows for `post_coauthors`."""
    for post in posts:
        for position, user in enumerate(post.coauthors):
            yield first.posts + post.number, first.users + user, first.users + post.author, position


def revision_records(seeds: PostSeeds, first: FirstIds, posts: Iterable[SeededPost]) -> Iterator[Record]:
    """Rows for `revisions`: the newest holds the current text, each earlier one had a section less."""
    for post in posts:
        for version in range(1, post.revisions + 1):
            later = post.revisions - version
            yield (
                first.revisions + post.revisions_before + version - 1,
                first.posts + post.number,
                version,
                first.users + post.author,
                post.title,
                post.summary or "",
                seeds.body(post, without_last=later).source,
                instant(post.created if later else post.updated),
            )


def _in_base_36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits
