from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from core.access_tokens import AccessTokens, Claims, read_keys
from core.errors import SettingsError, UnauthenticatedError
from core.settings import Settings
from tests.fixtures.servers import settings_for

# Long enough for HS512, too, which must be refused for another reason.
OLD, NEW = "a-secret-of-the-old-year-0123456789abcdef" * 2, "a-secret-of-the-new-year-fedcba9876543210" * 2


def _settings(keys: str = f"new:{NEW},old:{OLD}", **others: Any) -> Settings:
    return settings_for("postgresql://nowhere", "redis://nowhere", token_keys=keys, **others)


TOKENS = AccessTokens(_settings())


def _claims(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    claims = {
        "typ": "access",
        "iss": "broadsheet",
        "aud": "broadsheet",
        "sub": "7",
        "sid": "9",
        "iat": now,
        "exp": now + timedelta(minutes=10),
        "jti": "x",
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}


def _token(key: str = NEW, kid: str | None = "new", algorithm: str = "HS256", **changes: Any) -> str:
    return jwt.encode(_claims(**changes), key, algorithm=algorithm, headers=None if kid is None else {"kid": kid})


def _refused(token: str, tokens: AccessTokens = TOKENS) -> None:
    with pytest.raises(UnauthenticatedError) as refused:
        tokens.verify(token)
    assert len(token) < 10 or token not in str(refused.value)
    assert refused.value.__cause__ is None


def test_what_was_issued_holds() -> None:
    assert TOKENS.verify(TOKENS.issue(7, 9).token) == Claims(7, 9)
    assert TOKENS.verify(_token()) == Claims(7, 9)


def test_every_token_is_another() -> None:
    assert TOKENS.issue(7, 9).token != TOKENS.issue(7, 9).token


def test_a_token_says_when_it_expires_and_does_not_show_itself() -> None:
    issued = TOKENS.issue(7, 9)
    assert timedelta(minutes=9) < issued.expires_at - datetime.now(UTC) <= timedelta(minutes=10)
    assert issued.token not in repr(issued)


@pytest.mark.parametrize("claim", ["typ", "iss", "aud", "sub", "sid", "iat", "exp", "jti"])
def test_each_claim_is_required(claim: str) -> None:
    missing: Any = {claim: None}
    _refused(_token(**missing))


@pytest.mark.parametrize(
    "changes",
    [
        {"typ": "refresh"},
        {"iss": "somebody-else"},
        {"aud": "somebody-else"},
        {"sub": "x"},
        {"sub": "-7"},
        {"sub": "\u0667"},
        {"sid": "9.5"},
        {"exp": datetime.now(UTC) - timedelta(seconds=60)},
        {"iat": datetime.now(UTC) + timedelta(hours=1)},
        {"nbf": datetime.now(UTC) + timedelta(hours=1)},
    ],
)
def test_each_claim_is_checked(changes: dict[str, Any]) -> None:
    _refused(_token(**changes))


def test_clocks_may_differ_by_half_a_minute() -> None:
    now = datetime.now(UTC)
    assert TOKENS.verify(_token(exp=now - timedelta(seconds=15))) == Claims(7, 9)
    assert TOKENS.verify(_token(iat=now + timedelta(seconds=15))) == Claims(7, 9)


def test_only_one_algorithm_is_taken() -> None:
    _refused(_token(algorithm="HS512"))
    _refused(jwt.encode(_claims(), None, algorithm="none", headers={"kid": "new"}))
    head, body, _ = _token().split(".")
    _refused(f"{head}.{body}.")


def test_the_key_is_found_by_its_name_and_nothing_else() -> None:
    _refused(_token(kid=None))
    _refused(_token(kid="unknown"))
    _refused(_token(key=OLD, kid="new"))
    _refused(_token(key="another-secret-another-secret-0123456789"))


def test_keys_are_changed_without_signing_anybody_out() -> None:
    before = AccessTokens(_settings(f"old:{OLD}")).issue(7, 9).token
    assert TOKENS.verify(before) == Claims(7, 9)
    assert jwt.get_unverified_header(TOKENS.issue(7, 9).token)["kid"] == "new"
    _refused(before, AccessTokens(_settings(f"new:{NEW}")))


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "é", "\0", "x" * 10_000, "e30.e30.e30"])
def test_what_is_no_token_is_refused(token: str) -> None:
    _refused(token)


@pytest.mark.parametrize(
    "keys", ["", " , ", "no-colon-but-long-enough-0123456789abcdef", f"a:{NEW},a:{OLD}", f":{NEW}"]
)
def test_keys_that_make_no_sense_are_refused(keys: str) -> None:
    with pytest.raises(SettingsError, match="BROADSHEET_TOKEN_KEYS"):
        read_keys(keys)


@pytest.mark.parametrize("secret", ["secret", "0123456789abcdef0123456789abcde", "a" * 64])
def test_a_weak_key_is_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(SettingsError, match="openssl rand") as refused:
        read_keys(f"k:{secret}")
    assert secret not in str(refused.value) or secret == "secret"
