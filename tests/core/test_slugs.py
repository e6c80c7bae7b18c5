import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.slugs import MAX_SLUG_LENGTH, slugify


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("C++", "c-plus-plus"),
        ("C", "c"),
        ("C#", "c-sharp"),
        ("#swift, issue #5", "swift-issue-5"),
        ("swift-5.3-released", "swift-5-3-released"),
        ("What’s new in Müller's café", "whats-new-in-mullers-cafe"),  # noqa: RUF001
        ("日本語", "ri-ben-yu"),
        ("🎉", ""),
        ("", ""),
    ],
)
def test_a_title_becomes_a_slug(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_a_long_title_is_cut_between_words() -> None:
    slug = slugify("word " * 50)
    assert slug == "-".join(["word"] * 20)
    assert slugify("first " + "x" * 99 + " last") == "first"
    assert len(slugify("x" * 500)) == MAX_SLUG_LENGTH


@given(st.text(max_size=300))
def test_a_slug_is_ascii_short_and_its_own_slug(text: str) -> None:
    slug = slugify(text)
    assert re.fullmatch(r"|[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= MAX_SLUG_LENGTH
    assert slugify(slug) == slug
