"""Access tokens: short-lived, signed, and checked without a look anywhere (JSON Web Token, RFC 7519 and RFC 8725).

They say who and by which session; whether the session lives, and what the user may do, is asked of the database.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import jwt

from core.errors import SettingsError, UnauthenticatedError
from core.settings import Settings

ALGORITHM = "HS256"
TYPE = "access"
LEEWAY = timedelta(seconds=30)
SHORTEST_KEY = 32
_REQUIRED = ["typ", "iss", "aud", "sub", "sid", "exp", "iat", "jti"]
_INVALID = "The access token does not hold: it has expired, or is none of this service. Sign in again."


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says."""

    user_id: int
    session_id: int
    holds_until: float = field(default=0.0, compare=False)
    """When it is no longer accepted, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token, which is a secret, and when it expires."""

    token: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"IssuedToken(expires_at={self.expires_at})"


class AccessTokens:
    """Makes and checks tokens, by the keys of the settings.

    Raises:
        SettingsError: no key, or a weak one.

    """

    def __init__(self, settings: Settings) -> None:
        self._keys = read_keys("" if settings.token_keys is None else settings.token_keys.get_secret_value())
        self._kid = next(iter(self._keys))
        self._issuer = settings.token_issuer
        self._audience = settings.token_audience
        self._lifetime = timedelta(seconds=settings.access_token_lifetime)

    def issue(self, user_id: int, session_id: int) -> IssuedToken:
        """A new token, signed with the first key."""
        now = datetime.now(UTC)
        expires_at = now + self._lifetime
        claims = {
            "typ": TYPE,
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(user_id),
            "sid": str(session_id),
            "iat": now,
            "exp": expires_at,
            "jti": secrets.token_urlsafe(12),
        }
        token = jwt.encode(claims, self._keys[self._kid], algorithm=ALGORITHM, headers={"kid": self._kid})
        return IssuedToken(token, expires_at.replace(microsecond=0))

    def verify(self, token: str) -> Claims:
        """What a token says, if one of the keys signed it and it has not expired.

        Raises:
            UnauthenticatedError: it does not hold.

        """
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = self._keys[str(kid)]
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": _REQUIRED},
            )
            if claims["typ"] != TYPE:
                raise UnauthenticatedError(_INVALID)
            holds_until = float(claims["exp"]) + LEEWAY.total_seconds()
            return Claims(_number(claims["sub"]), _number(claims["sid"]), holds_until)
        except (jwt.PyJWTError, KeyError, ValueError):
            raise UnauthenticatedError(_INVALID) from None


def read_keys(text: str) -> Mapping[str, str]:
    """The keys of a list `kid:secret,kid:secret`, by their names; the first one signs.

    Raises:
        SettingsError: there is none, or one is weak.

    """
    keys: dict[str, str] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        kid, colon, secret = item.partition(":")
        if not colon or not kid or kid in keys:
            raise SettingsError("BROADSHEET_TOKEN_KEYS must be name:secret, or several with commas between")
        if len(secret.encode()) < SHORTEST_KEY or len(set(secret)) < SHORTEST_KEY // 4:
            raise SettingsError(
                f"BROADSHEET_TOKEN_KEYS: the key {kid} is weak; make one of at least {SHORTEST_KEY} random characters: "
                "openssl rand -hex 32"
            )
        keys[kid] = secret
    if not keys:
        raise SettingsError(
            "BROADSHEET_TOKEN_KEYS is missing: access tokens are signed with it. Make one: "
            'echo "2026:$(openssl rand -hex 32)"'
        )
    return keys


def new_key(name: str | None = None) -> str:
    """A list of one new key, as the setting takes it; named by the day, unless it has a name."""
    return f"{name or f'{datetime.now(UTC):%Y%m%d}'}:{secrets.token_hex(32)}"


def _number(value: object) -> int:
    if not isinstance(value, str) or not value.isascii() or not value.isdigit():
        raise ValueError
    return int(value)
