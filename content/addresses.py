"""One slug for each document of a tree."""

import hashlib
import re
from pathlib import PurePosixPath

from content.yaml_text import Value
from core.slugs import MAX_SLUG_LENGTH, slugify

_PLACEHOLDER = re.compile(r"[:{}\[\]]")
_ORDINARY_FOLDERS = frozenset({"posts", "post", "content", "blog", "drafts", "articles", "news"})


def slug_of_address(value: Value) -> str:
    """Take the last part of a permalink; empty if it is a pattern, a style or another site's."""
    if not isinstance(value, str) or "/" not in value or _PLACEHOLDER.search(value):
        return ""
    last = value.strip().rstrip("/").rpartition("/")[2]
    return slugify(re.sub(r"\.html?$", "", last))


class Slugs:
    """Gives out slugs, each once; the same paths in the same order get the same slugs."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, wanted: str, path: str) -> tuple[str, str | None]:
        """Give `wanted`, or else `folder-wanted`, or else `wanted-2` and so on, and a note why it was not `wanted`."""
        if not wanted:
            wanted = "post-" + hashlib.sha256(path.encode("utf-8", "replace")).hexdigest()[:8]
            slug = self._free(wanted, path)
            return slug, f"nothing in it makes a slug: {slug} was given"
        slug = self._free(wanted, path)
        return slug, None if slug == wanted else f"the slug {wanted} is another document's: {slug} was given"

    def _free(self, wanted: str, path: str) -> str:
        folder = slugify(PurePosixPath(path).parent.name)
        candidates = [wanted]
        if folder and not folder.isdecimal() and folder not in _ORDINARY_FOLDERS and not wanted.startswith(folder):
            candidates.append(slugify(f"{folder}-{wanted}"))
        number = 1
        while (slug := candidates[0] if candidates else self._numbered(wanted, number)) in self._taken:
            candidates = candidates[1:]
            number += not candidates
        self._taken.add(slug)
        return slug

    @staticmethod
    def _numbered(wanted: str, number: int) -> str:
        suffix = f"-{number}"
        return wanted[: MAX_SLUG_LENGTH - len(suffix)].rstrip("-") + suffix
