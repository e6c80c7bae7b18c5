from functools import partial

from core.once import once
from db.reads import sessions, viewers
from db.reads.sessions import SessionRow
from db.reads.viewers import ViewerRow
from loaders.batch import ByKey, ManyByKey, Scope


class AccountLoaders:
    """All ways to what is private to the viewer."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    @once
    def viewer_by_id(self) -> ByKey[int, ViewerRow]:
        """The viewer, by his own id."""
        find = partial(viewers.by_id, self._scope.session, self._scope.asker)
        return ByKey("viewers.by_id", self._scope, find)

    @once
    def session_by_id(self) -> ByKey[int, SessionRow]:
        """The viewer's sessions, by their ids."""
        find = partial(sessions.by_id, self._scope.session, self._scope.asker)
        return ByKey("sessions.by_id", self._scope, find)

    @once
    def sessions_of_user(self) -> ManyByKey[int, SessionRow]:
        """The viewer's sessions, by his id."""
        find = partial(sessions.of_users, self._scope.session, self._scope.asker)
        return ManyByKey("sessions.of_user", self._scope, find)
