from functools import partial

from core.once import once
from db.pages import Page, PageArgs
from db.reads import users
from db.reads.users import UserRow
from db.rows import Columns
from loaders.batch import ByKey, LoadedPage, ManyByKey, PageByKey, Scope
from loaders.dispatch import Loader

Roles = tuple[str, ...] | None


class UserPages(PageByKey[None, UserRow]):
    """Pages of the users who have one of some roles, or of all users."""

    def page(self, roles: Roles, args: PageArgs, columns: Columns) -> Loader[None, LoadedPage[None, UserRow]]:
        """The loader of one page."""

        async def find(keys: list[None]) -> list[Page[UserRow]]:
            return [await users.page_users(self._scope.session, roles, args, columns) for _ in keys]

        return self.pages((roles, args, columns), "USERNAME", partial(self.count, roles), find)

    def count(self, roles: Roles) -> Loader[None, int]:
        """The loader of how many there are."""

        async def count(keys: list[None]) -> list[int]:
            return [await users.count_users(self._scope.session, roles) for _ in keys]

        return self.counts(roles, count)


class UserLoaders:
    """All ways to users."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    @once
    def by_id(self) -> ByKey[int, UserRow]:
        """Users by their ids."""
        return ByKey("users.by_id", self._scope, partial(users.by_id, self._scope.session))

    @once
    def by_username(self) -> ByKey[str, UserRow]:
        """Users by their usernames, in lower case."""
        return ByKey("users.by_username", self._scope, partial(users.by_username, self._scope.session))

    @once
    def coauthors_of_post(self) -> ManyByKey[int, UserRow]:
        """The further authors of each post."""
        return ManyByKey("users.coauthors_of_post", self._scope, partial(users.coauthors_of_posts, self._scope.session))

    @once
    def all(self) -> UserPages:
        """All users."""
        return UserPages("users.all", self._scope)
