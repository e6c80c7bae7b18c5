"""Writes that the rules refuse: expected, and answered as data (`userErrors`), never as an error of the request."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from core.errors import BroadsheetError
from core.viewer import RoleName


class RefusalCode(StrEnum):
    """The closed list of `userErrors[].code`."""

    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    TOO_LONG = "TOO_LONG"
    TOO_SHORT = "TOO_SHORT"
    TAKEN = "TAKEN"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    INVALID_STATE = "INVALID_STATE"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105 - a code
    TOKEN_REUSED = "TOKEN_REUSED"  # noqa: S105 - a code


Path = tuple[str | int, ...]
"""The way to an input field below `input`, by its name in Python: `("posts", 3, "canonical_url")`; () is all of it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why nothing was written."""

    code: RefusalCode
    message: str
    path: Path = ()

    def below(self, *path: str | int) -> Self:
        """The same reason, for an input that stands inside another."""
        return replace(self, path=(*path, *self.path))


@dataclass(frozen=True, slots=True)
class InputRefusal(Refusal):
    """An input that breaks a rule; `limit` is the bound that was broken, where there is one."""

    limit: int | None = None


@dataclass(frozen=True, slots=True)
class TakenRefusal(Refusal):
    """A value that must be unique, and is not; `suggestion` was free when it was looked for."""

    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class VersionRefusal(Refusal):
    """The post was written to since the caller read it."""

    expected_version: int = 0
    current_version: int = 0
    post_id: int = 0


@dataclass(frozen=True, slots=True)
class AccessRefusal(Refusal):
    """The viewer sees it, and may not do this; `required_role` could."""

    required_role: RoleName | None = None


class RefusedError(BroadsheetError):
    """Rules refuse a write: what the transaction did is taken back, and the reasons are answered as `userErrors`."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__(", ".join(f"{'.'.join(map(str, r.path))}: {r.code}" for r in refusals))
        self.refusals: Sequence[Refusal] = refusals


def not_found(what: str, *path: str | int) -> InputRefusal:
    """What the viewer may not see, and what does not exist, are refused in the same words."""
    return InputRefusal(RefusalCode.NOT_FOUND, f"There is no such {what}.", path)


def required_role(role: RoleName, to_do: str, *path: str | int) -> AccessRefusal:
    """The viewer's role is too low."""
    return AccessRefusal(RefusalCode.FORBIDDEN, f"Only the role {role} or above may {to_do}.", path, role)
