"""What a head says of title, slug, status, tags and authors, where that is more than one key's text."""

import re
from collections.abc import Iterator

from content.addresses import slug_of_address
from content.dates import PathName
from content.documents import MAX_TITLE_LENGTH, Status
from content.fields import ADDRESSES, AUTHORS, CANONICAL, DRAFT, SLUG, STATUS, TAGS, TAXONOMIES, TITLE, Fields, flag
from content.text import one_line, storable, written
from content.yaml_text import Value
from core.markdown import render
from core.slugs import slugify

_FENCE = re.compile(r"^(```+|~~~+).*?(?:^\1|\Z)", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(\S.{0,1000})$", re.MULTILINE)
_STATUSES = {
    "draft": Status.DRAFT,
    "published": Status.PUBLISHED,
    "publish": Status.PUBLISHED,
    "archived": Status.ARCHIVED,
}


def wanted_status(fields: Fields) -> Status:
    """Take what the keys say of the status; published unless they say otherwise."""
    wanted = Status.PUBLISHED
    named = _STATUSES.get((written(fields.peek(STATUS[0])) or "").lower())
    if named is not None:
        fields.take(STATUS[0])
        wanted = named
    draft = flag(fields.peek(DRAFT[0]))
    published = flag(fields.peek("published"))
    if draft is not None or fields.peek(DRAFT[0]) is None:
        fields.take(DRAFT[0])
    else:
        fields.note("draft is neither true nor false; kept as metadata")
    if published is not None:
        fields.take("published")
    return Status.DRAFT if draft or published is False else wanted


def read_title(fields: Fields, body: str, in_path: PathName) -> str:
    """Take the title; without one, the first heading of the body, or else words out of the file name."""
    title = fields.take_text(TITLE)
    if title is None and (match := _HEADING.search(_FENCE.sub("", body[:100_000]))):
        title = render(match[0].strip()).text
    if not title:
        words = re.sub(r"[-_\s]+", " ", storable(in_path.name)).strip()
        title = words[:1].upper() + words[1:] or "Untitled"
    if len(title) > MAX_TITLE_LENGTH:
        fields.note(f"the title was cut to {MAX_TITLE_LENGTH} characters: {title}")
        title = title[:MAX_TITLE_LENGTH].rstrip()
    return title


def wanted_slug(fields: Fields, in_path: PathName, title: str) -> str:
    """Take the slug; without one, the end of the permalink, or the file name, or the title. May be empty."""
    named = fields.take_text(SLUG) or ""
    candidates = [slug_of_address(named) if "/" in named else slugify(named)]
    candidates += [slug_of_address(written(fields.peek(name))) for name in ADDRESSES]
    candidates += [slugify(in_path.name), slugify(title)]
    return next(filter(None, candidates), "")


def tag_values(fields: Fields) -> Iterator[tuple[str, Value]]:
    """Take what the keys and Zola's taxonomies say of tags, in order; taxonomies of other kinds stay."""
    taxonomies = fields.peek(TAXONOMIES)
    nested: dict[str, Value] = {}
    if isinstance(taxonomies, dict):
        nested = {str(key).lower(): value for key, value in taxonomies.items()}
        rest = {key: value for key, value in taxonomies.items() if str(key).lower() not in (*TAGS, *AUTHORS)}
        if rest:
            fields.note(f"the taxonomies {', '.join(map(str, rest))} make no tags; kept as metadata")
            fields.keep(TAXONOMIES, rest)
        else:
            fields.take(TAXONOMIES)
        fields.nested_authors = [nested[name] for name in AUTHORS if name in nested]
    for name in TAGS:
        yield name, fields.take(name)
        yield name, nested.get(name)


def author_values(fields: Fields) -> list[Value]:
    """Take what the keys say of authors; after `tag_values`, which opens the taxonomies."""
    return [fields.take(name) for name in AUTHORS] + fields.nested_authors


def read_canonical_url(fields: Fields) -> str | None:
    """Take the address of the first publication; one that is none of the web stays."""
    url = fields.take_text(CANONICAL, one_line)
    if url is None or re.fullmatch(r"https?://[^\s<>\"]+", url, re.IGNORECASE):
        return url
    fields.note(f"the canonical URL {url} is none of http or https; kept as metadata")
    fields.keep(CANONICAL[0], url)
    return None
