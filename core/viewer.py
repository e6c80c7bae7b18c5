"""Who is asking. Rights are decided from this one value, under the loaders."""

from dataclasses import dataclass
from typing import Literal

RoleName = Literal["READER", "AUTHOR", "EDITOR", "ADMIN"]


@dataclass(frozen=True, slots=True)
class Viewer:
    """A caller: `user_id` and `role` are None for somebody who is not signed in."""

    user_id: int | None = None
    role: RoleName | None = None


ANONYMOUS = Viewer()
