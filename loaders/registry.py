"""The loaders of one request, in one object."""

from collections.abc import Awaitable

from core.once import once
from core.viewer import Asker
from db.database import ReadSession
from loaders.accounts import AccountLoaders
from loaders.batch import Scope
from loaders.comments import CommentLoaders
from loaders.dispatch import Scheduler
from loaders.posts import PostLoaders
from loaders.revisions import RevisionLoaders
from loaders.tags import TagLoaders
from loaders.users import UserLoaders


class Loaders:
    """All ways to rows, for one request and one viewer; what a request does not use is not made."""

    def __init__(self, session: ReadSession, asker: Asker) -> None:
        self._scope = Scope(session, asker, Scheduler())

    @once
    def users(self) -> UserLoaders:
        """Loaders of users."""
        return UserLoaders(self._scope)

    @once
    def posts(self) -> PostLoaders:
        """Loaders of posts."""
        return PostLoaders(self._scope)

    @once
    def tags(self) -> TagLoaders:
        """Loaders of tags."""
        return TagLoaders(self._scope)

    @once
    def comments(self) -> CommentLoaders:
        """Loaders of comments."""
        return CommentLoaders(self._scope)

    @once
    def revisions(self) -> RevisionLoaders:
        """Loaders of revisions."""
        return RevisionLoaders(self._scope)

    @once
    def accounts(self) -> AccountLoaders:
        """Loaders of what is private to the viewer."""
        return AccountLoaders(self._scope)

    def leave(self) -> Awaitable[None]:
        """Let all open batches leave, and wait for their answers: for who knows that nothing more comes."""
        return self._scope.scheduler.leave()

    def leave_soon(self) -> None:
        """Let all open batches leave when no more keys come: for who waits for other things as well."""
        self._scope.scheduler.leave_soon()

    def close(self) -> None:
        """End the batches that still run: whoever asked has gone."""
        self._scope.close()
