"""The loaders of one request, in one object."""

from functools import cached_property

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

    @cached_property
    def users(self) -> UserLoaders:
        """Loaders of users."""
        return UserLoaders(self._scope)

    @cached_property
    def posts(self) -> PostLoaders:
        """Loaders of posts."""
        return PostLoaders(self._scope)

    @cached_property
    def tags(self) -> TagLoaders:
        """Loaders of tags."""
        return TagLoaders(self._scope)

    @cached_property
    def comments(self) -> CommentLoaders:
        """Loaders of comments."""
        return CommentLoaders(self._scope)

    @cached_property
    def revisions(self) -> RevisionLoaders:
        """Loaders of revisions."""
        return RevisionLoaders(self._scope)

    @cached_property
    def accounts(self) -> AccountLoaders:
        """Loaders of what is private to the viewer."""
        return AccountLoaders(self._scope)

    async def leave(self) -> None:
        """Let all open batches leave, and wait for their answers: for who knows that nothing more comes."""
        await self._scope.scheduler.leave()

    def close(self) -> None:
        """End the batches that still run: whoever asked has gone."""
        self._scope.close()
