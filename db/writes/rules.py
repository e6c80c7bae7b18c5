"""Rules about single values, of whatever entity; each answers the reasons why a value will not do."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from core.refusals import InputRefusal, Path, Refusal, RefusalCode, RefusedError

LONGEST_URL = 2_000
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,119}")


def text_refusals(value: str | None, path: Path, *, longest: int, required: bool = True) -> Iterator[Refusal]:
    """A text: no longer than `longest` characters, and, if it is required, not empty."""
    if required and (value is None or not value.strip()):
        yield InputRefusal(RefusalCode.REQUIRED, "This must not be empty.", path)
    elif value is not None and len(value) > longest:
        message = f"This has {len(value)} characters; {longest} are allowed."
        yield InputRefusal(RefusalCode.TOO_LONG, message, path, longest)


def slug_refusals(value: str, path: Path) -> Iterator[Refusal]:
    """A slug: lower-case letters, digits and hyphens."""
    if not _SLUG.fullmatch(value):
        message = "A slug has 1 to 120 lower-case letters, digits and hyphens, and does not begin with a hyphen."
        yield InputRefusal(RefusalCode.INVALID, message, path)


def url_refusals(value: str | None, path: Path) -> Iterator[Refusal]:
    """An address of a page: absolute, http or https."""
    if value is None:
        return
    if len(value) > LONGEST_URL:
        yield InputRefusal(RefusalCode.TOO_LONG, f"An address has at most {LONGEST_URL} characters.", path, LONGEST_URL)
    elif not _is_web_address(value):
        yield InputRefusal(RefusalCode.INVALID, "This must be an address that begins with https:// or http://.", path)


def list_refusals(values: Sequence[object], path: Path, *, longest: int) -> Iterator[Refusal]:
    """A list of no more than `longest` items."""
    if len(values) > longest:
        message = f"This has {len(values)} items; {longest} are allowed."
        yield InputRefusal(RefusalCode.TOO_LONG, message, path, longest)


def bulk_refusals(values: Sequence[object], path: Path, *, longest: int = 100) -> Iterator[Refusal]:
    """A list of things to do at once."""
    if len(values) > longest:
        message = f"At most {longest} at once, not {len(values)}."
        yield InputRefusal(RefusalCode.LIMIT_EXCEEDED, message, path, longest)


def refuse(refusals: Iterator[Refusal] | Sequence[Refusal]) -> None:
    """Stop here if there is any reason to.

    Raises:
        RefusedError: with all the reasons.

    """
    if found := tuple(refusals):
        raise RefusedError(*found)


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and value.isprintable() and " " not in value
