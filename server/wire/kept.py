"""What the wire says of kept responses: their keys, and their headers (RFC 9111, RFC 9211, RFC 9110 8.8.3)."""

from hashlib import blake2b

from core.viewer import Viewer
from server.responses.entry import Entry
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
    return len(raw) <= LARGEST_KEY and b"mutation" not in raw and b"explain" not in raw


def key_of(viewer: Viewer, method: str, raw: bytes) -> str:
    """The key of a request: whose answer it is, and what was asked, letter by letter."""
    scope = "public" if viewer.user_id is None else f"{viewer.user_id}.{viewer.role}.{viewer.session_id}"
    return f"{scope}/{blake2b(raw, digest_size=20, person=method.encode()[:16]).hexdigest()}"


def entry_headers(entry: Entry, key: str, status: tuple[bytes, bytes]) -> Headers:
    """The headers of a response that is kept: others may keep it, too, but must ask each time whether it holds."""
    control = b"no-cache" if key.startswith("public/") else b"private, no-cache"
    return [status, (b"etag", entry.etag), (b"cache-control", control)]


def is_known(entry: Entry, if_none_match: str | None) -> bool:
    """Whether the client has this very response already."""
    if not if_none_match:
        return False
    known = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return "*" in known or entry.etag.decode() in known
