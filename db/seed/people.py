"""Rows of users and tags."""

from collections.abc import Iterator

from core.slugs import slugify
from db.seed.dice import Dice
from db.seed.plan import MINUTES, FirstIds, Record, SeedPlan, instant
from db.seed.prose import Prose
from db.seed.words import FIRST_HALVES, FIRST_NAMES, NOUNS, SECOND_HALVES

_BIOS = 50


def user_records(plan: SeedPlan, first: FirstIds) -> Iterator[Record]:
    """Rows for `users`: first those who write, then readers. Nobody has a password, so nobody can sign in."""
    rng = Dice(plan.seed, "users")
    prose = Prose(rng)
    bios = [prose.remark() for _ in range(_BIOS)]
    for number in range(plan.user_count):
        user_id, given = first.users + number, rng.choice(FIRST_NAMES)
        family = f"{rng.choice(FIRST_HALVES)}{rng.choice(SECOND_HALVES)}".title()
        username = f"{given}.{family}.{user_id}"
        if rng.chance(80):
            username = username.lower()
        bio = rng.choice(bios) if rng.chance(30) else None
        joined = instant(rng.randrange(MINUTES // 10) if number < plan.author_count else rng.randrange(MINUTES))
        yield (
            user_id,
            username,
            f"{username}@example.org" if rng.chance(90) else None,
            f"{given} {family}",
            None if bio is None else bio.source,
            None if bio is None else bio.html,
            f"https://example.org/{username}" if rng.chance(20) else None,
            _role(plan, number),
            joined,
            joined,
        )


def _role(plan: SeedPlan, number: int) -> str:
    if number >= plan.author_count:
        return "READER"
    return "ADMIN" if number == 0 else "EDITOR" if number % 20 == 1 else "AUTHOR"


def tag_records(plan: SeedPlan, first: FirstIds) -> Iterator[Record]:
    """Rows for `tags`: plain nouns first, then rare words, then these with a number."""
    rng = Dice(plan.seed, "tags")
    rare = [head + tail for head in FIRST_HALVES for tail in SECOND_HALVES]
    rng.shuffle(rare)
    names = [name.title() for name in dict.fromkeys([*NOUNS, *rare])]
    for number in range(plan.tag_count):
        tag_id, name = first.tags + number, names[number % len(names)]
        # Beside tags that are there already, the id keeps the name from being taken.
        if first.tags > 1 or number >= len(names):
            name = f"{name} {tag_id}"
        made = instant(number % MINUTES)
        yield tag_id, slugify(name), name, f"All about {name}." if rng.chance(50) else None, made, made
