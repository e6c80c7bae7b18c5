"""Who is asking. Rights are decided from this one value, under the loaders."""

from dataclasses import dataclass, replace
from typing import Literal, Self

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


class Asker:
    """Who asks, for whatever reads: there is no way to him that does not tell of it.

    An answer during which nobody looked is the same for all, and may be served to all.
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self.was_consulted = False
        """Whether the answer may be another for somebody else."""

    @property
    def viewer(self) -> Viewer:
        """Who asks; from here on the answer is his."""
        self.was_consulted = True
        return self._viewer

    def unless_proven(self) -> "Proof":
        """For a block: who asks; after it the answer is his, unless what was read proves that it is everybody's."""
        return Proof(self, self._viewer)


class Proof:
    """A look at the viewer that may turn out to have made no difference: whoever finds that sets `holds`."""

    __slots__ = ("_asker", "holds", "viewer")

    def __init__(self, asker: Asker, viewer: Viewer) -> None:
        self.viewer = viewer
        self.holds = False
        self._asker = asker

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        if not self.holds:
            self._asker.was_consulted = True
