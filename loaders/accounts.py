from functools import partial

from db.reads import sessions, viewers
from db.reads.sessions import SessionRow
from db.reads.viewers import ViewerRow
from loaders.batch import ByKey, ManyByKey, Scope


class AccountLoaders:
    """All ways to what is private to the viewer."""

    def __init__(self, scope: Scope) -> None:
        session, asker = scope.session, scope.asker
        self.viewer_by_id: ByKey[int, ViewerRow] = ByKey("viewers.by_id", scope, partial(viewers.by_id, session, asker))
        self.session_by_id: ByKey[int, SessionRow] = ByKey(
            "sessions.by_id", scope, partial(sessions.by_id, session, asker)
        )
        self.sessions_of_user: ManyByKey[int, SessionRow] = ManyByKey(
            "sessions.of_user", scope, partial(sessions.of_users, session, asker)
        )
