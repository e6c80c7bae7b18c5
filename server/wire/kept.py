"""What the wire says of kept responses: their keys, and their headers (RFC 9111, RFC 9211, RFC 9110 8.8.3)."""

import time
from hashlib import blake2b

from core.settings import Settings
from core.viewer import Viewer
from core.wire_settings import WireSettings
from server.responses.entry import Entry
from server.responses.keys import Keys
from server.responses.surrogates import names_of
from server.wire.answer import Headers

LARGEST_KEY = 64_000
"""Bytes of a request that may be looked up."""

HIT = (b"cache-status", b"Broadsheet; hit")
STORED = (b"cache-status", b"Broadsheet; fwd=miss; stored")
MISS = (b"cache-status", b"Broadsheet; fwd=miss")
BYPASS = (b"cache-status", b"Broadsheet; fwd=bypass")
NO_STORE = (b"cache-control", b"no-store")


def may_be_kept(raw: bytes) -> bool:
    """Whether it is worth a look: nothing that seems to write, or asks to be explained."""
    # `in` would try first whether these are numbers, and make an error that says that they are none.
    return len(raw) <= LARGEST_KEY and raw.find(b"mutation") < 0 and raw.find(b"explain") < 0


def edition_of(settings: Settings) -> bytes:
    """What the same request may be answered differently by: limits, and documents that have ids."""
    manifest = settings.trusted_documents
    texts = b"" if manifest is None else manifest.read_bytes()
    limits = settings.model_dump_json(include={*WireSettings.model_fields})
    return blake2b(b"\0".join((limits.encode(), texts)), digest_size=16).digest()


def keys_of(viewer: Viewer, edition: bytes, method: str, raw: bytes) -> Keys:
    """The keys of a request: whose answer it is, and what was asked, letter by letter."""
    asked = blake2b(raw, digest_size=20, key=edition, person=method.encode()[:16]).hexdigest()
    public = f"public/{asked}"
    if viewer.user_id is None:
        return Keys(public, public)
    return Keys(f"{viewer.user_id}.{viewer.role}.{viewer.session_id}/{asked}", public)


def entry_headers(entry: Entry, status: tuple[bytes, bytes]) -> Headers:
    """The headers of a response that is kept: others may keep it, too, but must ask each time whether it holds."""
    control = b"no-cache" if entry.shared else b"private, no-cache"
    return [status, (b"etag", entry.etag), (b"cache-control", control)]


def cdn_headers(entry: Entry, status: tuple[bytes, bytes], most_seconds: int) -> Headers | None:
    """The same where a CDN may answer by it for so long without asking; None where it may not.

    Browsers still ask each time: nobody could purge them. The names are those of Fastly's header and of Cloudflare's
    and Akamai's.
    """
    left = entry.left(time.time())
    seconds = most_seconds if left is None else min(most_seconds, int(left))
    if not entry.shared or seconds < 1:
        return None
    names = names_of(entry.tags)
    return [
        status,
        (b"etag", entry.etag),
        (b"cache-control", b"public, max-age=0, s-maxage=%d, must-revalidate" % seconds),
        (b"surrogate-key", " ".join(names).encode("ascii")),
        (b"cache-tag", ",".join(names).encode("ascii")),
    ]


def is_known(entry: Entry, if_none_match: str | None) -> bool:
    """Whether the client has this very response already."""
    if not if_none_match:
        return False
    known = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return "*" in known or entry.etag.decode() in known
