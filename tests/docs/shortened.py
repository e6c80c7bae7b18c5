"""Answers and output as documents show them: `…` stands for what was left out."""

import re
from typing import Any

MORE = "…"


def json_differs(shown: Any, real: Any, path: str = "") -> str | None:
    """Say where a real answer differs from the one that is shown, or None where it does not.

    In a text, `…` stands for any text; as an item of a list, for one item or more; as a key, for further keys.
    """
    here = path or "the answer"
    if isinstance(shown, dict) and isinstance(real, dict):
        keys = shown.keys() - {MORE}
        if keys - real.keys() or (real.keys() - keys and MORE not in shown) or (MORE in shown and keys == real.keys()):
            return f"{here} has the keys {sorted(real)}"
        found = (json_differs(shown[key], real[key], f"{path}.{key}".lstrip(".")) for key in keys)
        return next(filter(None, found), None)
    if isinstance(shown, list) and isinstance(real, list):
        return _lists_differ(shown, real, path)
    if isinstance(shown, str) and isinstance(real, str) and MORE in shown:
        return None if text_fits(shown, real) else f"{here} is {real!r}"
    same = type(shown) is type(real) and shown == real
    return None if same else f"{here} is {real!r}"


def _lists_differ(shown: list[Any], real: list[Any], path: str) -> str | None:
    if MORE not in shown:
        if len(shown) != len(real):
            return f"{path} has {len(real)} items"
        pairs = zip(shown, real, strict=True)
        return next(filter(None, (json_differs(*pair, f"{path}[{i}]") for i, pair in enumerate(pairs))), None)
    place = shown.index(MORE)
    before, after = shown[:place], shown[place + 1 :]
    assert MORE not in after, "one … in a list is enough"
    if len(real) <= len(before) + len(after):
        return f"{path} has {len(real)} items"
    return _lists_differ(before + after, real[:place] + real[len(real) - len(after) :], path)


def text_fits(shown: str, real: str) -> bool:
    """Whether a text is what is shown, with something in the place of each `…`."""
    return re.fullmatch(".+?".join(map(re.escape, shown.split(MORE))), real, re.DOTALL) is not None
