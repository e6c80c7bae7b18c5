"""Blogs that are written to databases and served, each beside the model that says what must come out."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cached_property

from graphql import GraphQLSchema

from tests.fixtures.accounts import bearer
from tests.fixtures.api import Api, serving
from tests.fixtures.servers import NewDatabase, settings_for
from tests.model.blog import Blog, User
from tests.model.make import session_of
from tests.model.pool import pool_of
from tests.model.read import Reader
from tests.model.write import written

POOL = 3


class Served:
    """A blog, the service over it, and its model, to one reader: anybody, or a user who has a session."""

    def __init__(self, name: str, blog: Blog, api: Api, schema: GraphQLSchema, me: User | None = None) -> None:
        self.name = name
        self.blog = blog
        self.me = me
        self.api = api if me is None else Api(api.http, bearer(me.id, session_of(me.id).id))
        self.reader = Reader(schema, blog, me)
        self.pool = pool_of(blog)
        self._schema = schema

    @cached_property
    def readers(self) -> list["Served"]:
        """The same to each of its readers: anybody first."""
        users = {user.id: user for user in self.blog.users}
        people = [users[session.user_id] for session in self.blog.sessions]
        named = [(f"{self.name}, to {one.username}, {one.role} {one.id}", one) for one in people]
        return [self, *(Served(name, self.blog, self.api, self._schema, one) for name, one in named)]

    def __repr__(self) -> str:
        return self.name


async def warm(api: Api) -> None:
    """Use every connection of the pool: at its first array of a kind the driver asks what that is, once for each."""
    for _ in range(3):
        for query in ('{ node(id: "VXNlcjox") { id } }', '{ tag(slug: "none") { id } }', "{ tags { totalCount } }"):
            await asyncio.gather(*(api.data(query) for _ in range(4 * POOL)))


@asynccontextmanager
async def served(
    blogs: Sequence[tuple[str, Blog]], schema: GraphQLSchema, new_database: NewDatabase, redis_url: str
) -> AsyncIterator[list[Served]]:
    """A service over each blog; few connections each, for all run at once."""
    async with AsyncExitStack() as stack:
        services = []
        for name, blog in blogs:
            url = await written(blog, new_database)
            settings = settings_for(url, redis_url, database_pool_size=POOL, database_pool_overflow=0)
            # Beyond what may be set: a random query may cost anything.
            settings = settings.model_copy(update={"max_cost": 10**12, "max_cost_anonymous": 10**12})
            api = await stack.enter_async_context(serving(settings))
            services.append(Served(name, blog, api, schema))
        yield services
