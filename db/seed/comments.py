"""Comments: a few posts get most of them, a few readers write most of them, and some answer others."""

from collections.abc import Iterator

from db.seed.dice import Dice
from db.seed.plan import MINUTES, FirstIds, Record, instant
from db.seed.posts import PostSeeds
from db.seed.prose import REMARKS, Prose
from db.seed.zipf import Zipf

_STATUSES = ("VISIBLE", "HIDDEN", "DELETED")
_ANSWERS = 40
"""Percent of the comments that answer another."""
_RECENT = 20
"""Answers go to one of so many comments of the same post, the newest."""


def comment_records(seeds: PostSeeds, first: FirstIds) -> Iterator[Record]:
    """Rows for `comments`, in the order of their times; drafts have none."""
    rng = Dice(seeds.plan.seed, "comments")
    prose = Prose(rng)
    remarks = [prose.remark() for _ in range(REMARKS)]
    readers = Zipf(rng, seeds.plan.user_count, 0.9)
    said: dict[int, list[int]] = {}
    for comment_id, (created, post) in enumerate(_places(seeds, rng), first.comments):
        before = said.setdefault(post, [])
        parent_id = rng.choice(before) if before and rng.chance(_ANSWERS) else None
        before.append(comment_id)
        del before[:-_RECENT]
        remark = rng.choice(remarks)
        yield (
            comment_id,
            first.posts + post,
            first.users + readers.pick(),
            parent_id,
            remark.source,
            remark.html,
            rng.choices(_STATUSES, (96, 2.5, 1.5))[0],
            instant(created),
            instant(min(MINUTES, created + 5)) if rng.chance(3) else None,
        )


def _places(seeds: PostSeeds, rng: Dice) -> list[tuple[int, int]]:
    """When, and on which post: mostly soon after it was published."""
    published = [(post.published, post.number) for post in seeds.posts if post.published is not None]
    if not published:
        return []
    discussed = Zipf(rng, len(published), 0.8)
    places = []
    for _ in range(seeds.plan.comment_count):
        since, post = published[discussed.pick()]
        places.append((min(MINUTES, since + int(rng.paretovariate(0.5) * 3)), post))
    places.sort()
    return places
