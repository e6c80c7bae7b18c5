"""What an answer tells of itself to those who ask for it by `extensions: {"explain": true}`."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from time import time
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

from cache.rate_limit import Verdict
from core.observation import Observation
from server.responses.entry import Entry

# A key of a JSON object begins with a quote that no backslash precedes, which no part of a string does.
_ASKED = re.compile(rb'(?<!\\)"explain"\s*:\s*true')
_EMPTY = re.compile(rb'(?:\s*,\s*)?(?<!\\)"extensions"\s*:\s*\{\s*\}')


def explanation(
    cost: int, verdict: Verdict, counted: Observation, kept: dict[str, Any], executor: str
) -> dict[str, Any]:
    """The extensions of the answer."""
    reset_at = datetime.now(UTC) + timedelta(seconds=verdict.reset_after)
    bucket = {"limit": verdict.limit, "remaining": verdict.remaining, "resetAt": reset_at.isoformat()}
    told = {"cost": {"requested": cost, **bucket}, "cache": kept, "sql": {"statements": counted.statements}}
    return {**told, "executor": executor}


def told_of_cache(kept: Entry | None, tags: Iterable[str], *, may_be_kept: bool) -> dict[str, Any]:
    """What is told of the cache: what would have happened without the question."""
    if kept is not None:
        return {"status": "HIT", "age": int(kept.age(time())), "tags": sorted(tags)}
    return {"status": "MISS" if may_be_kept else "BYPASS", "age": 0, "tags": sorted(tags)}


def without_explain(method: str, raw: bytes) -> list[bytes]:
    """What the client would have sent, had he not asked for it: as he writes it, letter by letter.

    In a few ways, where it is not clear; he may also have had to leave an object empty.
    """
    if method != "GET":
        return _without(raw)
    found = list[bytes]()
    parts = raw.split(b"&")
    for index, part in enumerate(parts):
        name, _, value = part.partition(b"=")
        if name == b"extensions":
            rest = [*parts[:index], *parts[index + 1 :]]
            for text in _without(unquote_plus(value.decode("latin-1")).encode()):
                if re.fullmatch(rb"\s*\{\s*\}\s*", text):
                    found.append(b"&".join(rest))
                for encode in (quote_plus, quote, _quoted_as_a_component):
                    again = b"extensions=" + encode(text.decode()).encode()
                    found.append(b"&".join([*parts[:index], again, *parts[index + 1 :]]))
    return list(dict.fromkeys(found))


def _without(text: bytes) -> list[bytes]:
    match = _ASKED.search(text)
    if match is None:
        return []
    before, after = text[: match.start()], text[match.end() :]
    trimmed = re.sub(rb"^\s*,\s*", b"", after)
    if trimmed == after:
        before = re.sub(rb"\s*,\s*$", b"", before)
    left = before + trimmed
    bare = _EMPTY.sub(b"", left, count=1)
    # What stood before it is gone: the next member comes first now.
    bare = re.sub(rb"^(\s*\{)\s*,\s*", rb"\1", bare)
    return list(dict.fromkeys((bare, left)))


def _quoted_as_a_component(text: str) -> str:
    """As JavaScript's encodeURIComponent does."""
    return quote(text, safe="!'()*~-_.")
