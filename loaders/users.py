from functools import partial

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

        return self.pages((roles, args, columns), "USERNAME", self.count(roles), find)

    def count(self, roles: Roles) -> Loader[None, int]:
        """The loader of how many there are."""

        async def count(keys: list[None]) -> list[int]:
            return [await users.count_users(self._scope.session, roles) for _ in keys]

        return self.counts(roles, count)


class UserLoaders:
    """All ways to users."""

    def __init__(self, scope: Scope) -> None:
        session = scope.session
        self.by_id: ByKey[int, UserRow] = ByKey("users.by_id", scope, partial(users.by_id, session))
        self.by_username: ByKey[str, UserRow] = ByKey("users.by_username", scope, partial(users.by_username, session))
        self.coauthors_of_post: ManyByKey[int, UserRow] = ManyByKey(
            "users.coauthors_of_post", scope, partial(users.coauthors_of_posts, session)
        )
        self.all = UserPages("users.all", scope)
