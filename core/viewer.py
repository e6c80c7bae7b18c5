"""Who is asking. Rights are decided from this one value, under the loaders."""

from dataclasses import dataclass, replace
from typing import Literal

RoleName = Literal["READER", "AUTHOR", "EDITOR", "ADMIN"]

ROLES: tuple[RoleName, ...] = ("READER", "AUTHOR", "EDITOR", "ADMIN")
"""Each may also do what those before it may."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """A caller: all is None for somebody who is not signed in. `session_id` is the session of the access token."""

    user_id: int | None = None
    role: RoleName | None = None
    session_id: int | None = None

    def with_role(self, role: RoleName) -> "Viewer":
        """The same caller, with another role."""
        return replace(self, role=role)

    def has(self, role: RoleName) -> bool:
        """Whether the viewer has this role or a higher one."""
        return self.role is not None and ROLES.index(self.role) >= ROLES.index(role)


ANONYMOUS = Viewer()
