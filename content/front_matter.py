"""The head of a file: YAML between `---`, TOML between `+++`, JSON, or none."""

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from content.errors import FrontMatterError
from content.yaml_text import MAX_LENGTH, Value, load_mapping

_YAML = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_LOOKS_LIKE_YAML = re.compile(r"---[ \t]*\n\s*[\w-]+[ \t]*:([ \t]|\n|\Z)")
_LOOKS_LIKE_TOML = re.compile(r"\+\+\+[ \t]*\n\s*[\w-]+[ \t]*=")
_LOOKS_LIKE_JSON = re.compile(r'\{\s*("|\}\s*\n)')


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The keys of a head, in order, None if there is none; the body after it; notes on what was mended."""

    fields: dict[str, Value] | None
    body: str
    notes: tuple[str, ...] = ()


def split(text: str, as_written: Callable[[str], bool]) -> FrontMatter:
    """Split and parse; one blank line after the head and one line end at the end of the file are not the body's.

    In YAML, the values of keys that are `as_written` keep their text; TOML and JSON say themselves what is text.

    Raises:
        FrontMatterError: a head that is not closed, or cannot be parsed.

    """
    if text.startswith("---"):
        return _split_yaml(text, as_written)
    if text.startswith("+++"):
        return _split_toml(text)
    if _LOOKS_LIKE_JSON.match(text):
        return _split_json(text)
    return FrontMatter(None, _body(text, after_head=False))


def _body(rest: str, *, after_head: bool = True) -> str:
    return (rest.removeprefix("\n") if after_head else rest).removesuffix("\n")


def _split_yaml(text: str, as_written: Callable[[str], bool]) -> FrontMatter:
    match = _YAML.match(text)
    if match is None:
        if _LOOKS_LIKE_YAML.match(text):
            raise FrontMatterError("the front matter is not closed: a line of --- is missing")
        return FrontMatter(None, _body(text, after_head=False))
    rest = text[match.end() :]
    try:
        fields, notes = load_mapping(match[1], as_written)
    except FrontMatterError:
        # Two rulers with a paragraph between them are a text, not a head.
        if _LOOKS_LIKE_YAML.match(text) or ":" in match[1]:
            raise
        note = "what is between the --- at the start is no front matter: taken as text"
        return FrontMatter(None, _body(text, after_head=False), (note,))
    return FrontMatter(fields, _body(rest), tuple(notes))


def _split_toml(text: str) -> FrontMatter:
    match = _TOML.match(text)
    if match is None:
        if _LOOKS_LIKE_TOML.match(text):
            raise FrontMatterError("the front matter is not closed: a line of +++ is missing")
        return FrontMatter(None, _body(text, after_head=False))
    return FrontMatter(load_toml(match[1]), _body(text[match.end() :]))


def load_toml(text: str) -> dict[str, Value]:
    """Parse TOML; numbers with a point come as `Decimal`, which keeps how they were written.

    Raises:
        FrontMatterError: no TOML, or too much.

    """
    if len(text) > MAX_LENGTH:
        raise FrontMatterError(f"TOML of more than {MAX_LENGTH // 1024} KiB")
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise FrontMatterError(f"no TOML: {error}") from None


def _split_json(text: str) -> FrontMatter:
    notes: list[str] = []
    try:
        fields, end = _decoder(notes).raw_decode(text)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise FrontMatterError(f"no JSON: {error}") from None
    rest = text[end:].lstrip(" \t")
    return FrontMatter(cast("dict[str, Value]", fields), _body(rest.removeprefix("\n")), tuple(notes))


def load_json(text: str) -> Value:
    """Parse JSON as the head of a file would be.

    Raises:
        FrontMatterError: no JSON.

    """
    try:
        return cast("Value", _decoder([]).decode(text))
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise FrontMatterError(f"no JSON: {error}") from None


def _decoder(notes: list[str]) -> json.JSONDecoder:
    def mapping(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
        values = dict(pairs)
        if len(values) < len(pairs):
            notes.append("a key is there twice in one mapping: the last was taken")
        return values

    return json.JSONDecoder(object_pairs_hook=mapping, parse_float=Decimal, parse_constant=str)
