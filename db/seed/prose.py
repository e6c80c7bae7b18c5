"""Markdown out of the word list: sections that are rendered once, and put together in any order.

A section begins with a paragraph or a heading, so that no list runs on into the next, and the HTML of several
sections is the HTML of each, one after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.markdown import render
from db.seed.dice import Dice
from db.seed.words import ADJECTIVES, FIRST_HALVES, NOUNS, PREPOSITIONS, SECOND_HALVES, VERBS
from db.seed.zipf import Zipf

SECTIONS = 1_500
REMARKS = 400
_RARE = 12
"""Percent of the nouns that are rare words."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in its forms, as `core.markdown.render` would give them."""

    source: str
    html: str
    plain: str
    word_count: int


def joined(parts: Sequence[Text]) -> Text:
    """One text of several, without rendering it again."""
    return Text(
        "\n\n".join([part.source for part in parts]),
        "".join([part.html for part in parts]),
        " ".join([part.plain for part in parts]),
        sum([part.word_count for part in parts]),
    )


class Prose:
    """Writes sentences and what is made of them; the same `rng` writes the same."""

    def __init__(self, rng: Dice) -> None:
        self._rng = rng
        self._nouns = Zipf(rng, len(NOUNS), 0.7, ranked=True)
        self._adjectives = Zipf(rng, len(ADJECTIVES), 0.7, ranked=True)
        self._verbs = Zipf(rng, len(VERBS), 0.7, ranked=True)

    def title(self) -> str:
        """A title of some words, in plain letters."""
        forms = (
            lambda: f"The {self._adjective()} {self._noun()} of {self.rare_word().title()}",
            lambda: f"How a {self._noun()} {self._verb()} the {self._adjective()} {self._noun()}",
            lambda: f"{self.rare_word().title()}: notes on a {self._adjective()} {self._noun()}",
            lambda: f"Why the {self._noun()} {self._verb()} its {self._noun()}",
            lambda: f"A {self._noun()} {self._preposition()} the {self._adjective()} {self._noun()}",
        )
        return self._rng.choice(forms)()

    def rare_word(self) -> str:
        """One of several thousand words, each as rare as the others."""
        return self._rng.choice(FIRST_HALVES) + self._rng.choice(SECOND_HALVES)

    def sentence(self) -> str:
        """About ten words."""
        subject = f"the {self._adjective()} {self._noun()} {self._verb()} {self._object()}"
        sentence = f"{subject} {self._preposition()} the {self._noun()}"
        if self._rng.chance(40):
            sentence += f", and nobody {self._verb()} {self._object()}"
        return f"{sentence[0].upper()}{sentence[1:]}."

    def section(self) -> Text:
        """A section of twenty to a hundred words."""
        return _rendered(self._rng.choice((self._plain, self._plain, self._headed, self._listed, self._quoted))())

    def remark(self) -> Text:
        """What a reader leaves under a post."""
        return _rendered(self._paragraph(self._rng.randint(1, 4)))

    def _plain(self) -> str:
        return self._paragraph(self._rng.randint(2, 6))

    def _headed(self) -> str:
        level = "#" * self._rng.randint(2, 3)
        return f"{level} {self.title()}\n\n{self._paragraph(self._rng.randint(2, 6))}"

    def _listed(self) -> str:
        mark = self._rng.choice(("-", "1."))
        items = (f"{mark} the {self._adjective()} **{self._noun()}**" for _ in range(self._rng.randint(2, 6)))
        return f"{self._paragraph(2)}\n\n" + "\n".join(items)

    def _quoted(self) -> str:
        return f"{self._paragraph(2)}\n\n> {self.sentence()}\n> {self.sentence()}\n\n{self._paragraph(1)}"

    def _paragraph(self, sentences: int) -> str:
        return " ".join(self.sentence() for _ in range(sentences))

    def _object(self) -> str:
        noun = self._noun()
        forms = (f"*every* {noun}", f"a `{noun}` or two", f"[this {noun}](https://example.org/{noun})")
        return self._rng.choice(forms) if self._rng.chance(18) else f"the {self._adjective()} {noun}"

    def _noun(self) -> str:
        return self.rare_word() if self._rng.chance(_RARE) else NOUNS[self._nouns.pick()]

    def _adjective(self) -> str:
        return ADJECTIVES[self._adjectives.pick()]

    def _verb(self) -> str:
        return VERBS[self._verbs.pick()]

    def _preposition(self) -> str:
        return self._rng.choice(PREPOSITIONS)


def _rendered(source: str) -> Text:
    rendered = render(source)
    return Text(source, rendered.html, rendered.text, rendered.word_count)
