"""Names under which a CDN can let go of an answer: the tags of the entry, in a form that headers and CDNs take.

A tag becomes one name: what is not plain stands in percent-encoding, so that nothing in a slug can end a name or a
header. What is too long is hashed. Besides the tags stand their kinds (`post*`) and `*`. Where all these were too many,
`post+` stands for any tag of posts. So whoever purges for a touched tag names it and its kind with a plus.
"""

from collections.abc import Iterable
from hashlib import blake2b
from urllib.parse import quote

from db.depends import EVERYTHING, kind_of

_PLAIN = ":?=&*_.~-"
LONGEST_NAME = 200
LONGEST_LIST = 4_000
"""Bytes of all names together: Fastly, Cloudflare and Akamai take more, proxies on the way may not."""


def name_of(tag: str) -> str:
    """The name that stands for a tag."""
    name = quote(tag, safe=_PLAIN)
    if len(name) <= LONGEST_NAME:
        return name
    return f"~{blake2b(tag.encode(), digest_size=16).hexdigest()}"


def any_of(tag: str) -> str:
    """The name that an answer carries that depends on more tags of this kind than it could name."""
    return f"{kind_of(tag)[:-1]}+"


def names_of(tags: Iterable[str]) -> list[str]:
    """The names of an answer that depends on these, with or without those of their kinds."""
    exact = {tag for tag in tags if tag != EVERYTHING and tag != kind_of(tag)}
    kinds = sorted({kind_of(tag) for tag in exact})
    names = sorted({name_of(tag) for tag in exact})
    if sum(len(name) + 1 for name in names) > LONGEST_LIST:
        names = sorted({any_of(tag) for tag in exact})
    return [EVERYTHING, *kinds, *names]


def names_to_purge(touched: Iterable[str]) -> list[str]:
    """What to purge of a CDN when these tags were touched."""
    names = set[str]()
    for tag in touched:
        names.add(name_of(tag))
        if "a" <= tag[:1] <= "z" and tag != kind_of(tag):
            names.add(any_of(tag))
    return sorted(names)
