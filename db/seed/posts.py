"""What every seeded post is like, decided before any row is made: numbers from 0, no ids yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from db.seed.dice import Dice
from db.seed.plan import MINUTES, MOST_TAGS, SeedPlan
from db.seed.prose import SECTIONS, Prose, Text, joined
from db.seed.zipf import Zipf

_STATUSES = ("PUBLISHED", "DRAFT", "ARCHIVED")
_MOST_COAUTHORS = 3
_MOST_REVISIONS = 5


@dataclass(frozen=True, slots=True)
class SeededPost:
    """What the rows of a post are made of: numbers of other rows, and times in minutes after the epoch."""

    number: int
    author: int
    coauthors: tuple[int, ...]
    tags: tuple[int, ...]
    status: str
    title: str
    summary: str | None
    sections: tuple[int, ...]
    created: int
    published: int | None
    updated: int
    revisions: int
    revisions_before: int


class PostSeeds:
    """All posts of a plan, in the order of their creation; `sections` are what their bodies are put together from."""

    def __init__(self, plan: SeedPlan) -> None:
        self.plan = plan
        self._rng = rng = Dice(plan.seed, "posts")
        self._prose = prose = Prose(rng)
        self.sections: Sequence[Text] = [prose.section() for _ in range(SECTIONS)]
        self._authors = Zipf(rng, plan.author_count, 0.9)
        self._tags = Zipf(rng, plan.tag_count)
        self.posts: list[SeededPost] = []
        self.revision_count = 0
        for number in range(plan.posts):
            self.posts.append(self._post(number))
            self.revision_count += self.posts[-1].revisions

    def body(self, post: SeededPost, *, without_last: int = 0) -> Text:
        """The text, or an earlier one that had some sections less."""
        kept = max(1, len(post.sections) - without_last)
        return joined([self.sections[section] for section in post.sections[:kept]])

    def _post(self, number: int) -> SeededPost:
        rng = self._rng
        # As the square root, for a blog is written faster as it gets older.
        created = int(MINUTES * ((number + rng.random()) / self.plan.posts) ** 0.5)
        [status] = rng.choices(_STATUSES, (92, 5, 3))
        published = None if status == "DRAFT" else min(MINUTES, created + int(rng.paretovariate(0.9) * 10))
        author = self._authors.pick()
        return SeededPost(
            number=number,
            author=author,
            coauthors=self._coauthors(author),
            tags=self._tags.pick_several(rng.choices(range(MOST_TAGS + 1), (4, 10, 22, 28, 20, 11, 5))[0]),
            status=status,
            title=self._prose.title(),
            summary=self._prose.sentence() if rng.chance(30) else None,
            sections=self._sections(),
            created=created,
            published=published,
            updated=min(MINUTES, (created if published is None else published) + int(rng.paretovariate(0.6)) - 1),
            revisions=min(_MOST_REVISIONS, int(rng.paretovariate(3))),
            revisions_before=self.revision_count,
        )

    def _coauthors(self, author: int) -> tuple[int, ...]:
        if not self._rng.chance(8):
            return ()
        most = min(_MOST_COAUTHORS, self.plan.author_count - 1)
        found = self._authors.pick_several(self._rng.randint(1, most))
        return tuple(other for other in found if other != author)

    def _sections(self) -> tuple[int, ...]:
        wanted, words = self._rng.randint(self.plan.least_words, self.plan.most_words), 0
        found = []
        while words < wanted:
            found.append(self._rng.randrange(SECTIONS))
            words += self.sections[found[-1]].word_count
        return tuple(found)
