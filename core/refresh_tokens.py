"""Refresh tokens: opaque, of 256 random bits, and new after each use (RFC 9700, section 4.14.2).

A token is `<family>.<secret>`: the family stays the same while its session lives, so that a token which was used up is
known as one of it, and a guess is not. Only hashes are stored; the values are long and random, so a plain hash will do.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass

_FAMILY_BYTES = 16
_SECRET_BYTES = 32
LONGEST = 200


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A token in its two parts."""

    family: str
    secret: str

    def __str__(self) -> str:
        return f"{self.family}.{self.secret}"

    def __repr__(self) -> str:
        return "RefreshToken(…)"

    @property
    def family_hash(self) -> bytes:
        """What is stored of the family."""
        return _hash(self.family)

    @property
    def secret_hash(self) -> bytes:
        """What is stored of the secret."""
        return _hash(self.secret)

    def successor(self, nonce: bytes) -> "RefreshToken":
        """The token that follows this one: the same for the same nonce, and unknown to whoever has not both.

        So a parallel tab that sends the token just used up can be given the same successor, which is stored nowhere.
        """
        derived = hmac.digest(self.secret.encode(), nonce, "sha256")
        return RefreshToken(self.family, urlsafe_b64encode(derived).rstrip(b"=").decode())


def new_token() -> RefreshToken:
    """The first token of a session."""
    return RefreshToken(secrets.token_urlsafe(_FAMILY_BYTES), secrets.token_urlsafe(_SECRET_BYTES))


def new_nonce() -> bytes:
    """What the next successor is derived with."""
    return secrets.token_bytes(_SECRET_BYTES)


def parse(text: str) -> RefreshToken | None:
    """The token of a text; None when it can be none."""
    family, dot, secret = text.partition(".")
    return RefreshToken(family, secret) if dot and family and secret and len(text) <= LONGEST else None


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
