"""The part of an address that a title gives."""

import re

import slugify as _library

MAX_SLUG_LENGTH = 100

# An apostrophe parts no word; `+` is spelled out, for C and C++ are two subjects.
_REPLACEMENTS = (("'", ""), ("’", ""), ("+", " plus "))  # noqa: RUF001
_SHARP = re.compile(r"(?<=[^\W\d_])#")


def slugify(text: str) -> str:
    """Make a slug of lower-case ASCII letters, digits and single hyphens, at most `MAX_SLUG_LENGTH` characters.

    Other scripts are transliterated; `+`, and `#` after a letter, are spelled out. A long text is cut between
    words. What holds no letter or digit gives an empty string; a slug gives itself.
    """
    return _library.slugify(
        _SHARP.sub(" sharp ", text[: 20 * MAX_SLUG_LENGTH]),
        max_length=MAX_SLUG_LENGTH,
        word_boundary=True,
        save_order=True,
        replacements=_REPLACEMENTS,
    )
