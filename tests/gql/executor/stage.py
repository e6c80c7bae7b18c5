"""Blogs in databases, both executors over them, and variants of random queries."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from core.viewer import ANONYMOUS, Viewer
from db.database import Database
from gql.documents.prepare import Preparer
from gql.limits.limits import Limits
from gql.schema import build_schema
from tests.fixtures.servers import NewDatabase, settings_for
from tests.gql.executor.twins import Twins
from tests.model.blog import Blog
from tests.model.make import made
from tests.model.pool import Pool, pool_of
from tests.model.queries import Query
from tests.model.read import committed_schema
from tests.model.write import written

SCHEMA = committed_schema()


@dataclass(frozen=True, slots=True, repr=False)
class Stored:
    """A blog in a database, and who may ask."""

    blog: Blog
    database: Database
    pool: Pool

    @property
    def viewers(self) -> list[Viewer]:
        roles: dict[int, Any] = {user.id: user.role for user in self.blog.users}
        return [ANONYMOUS, *(Viewer(one.user_id, roles[one.user_id], one.id) for one in self.blog.sessions)]


@dataclass(frozen=True, slots=True, repr=False)
class Stage:
    """All blogs, and both executors.

    They have no `repr`: Hypothesis warns of long ones, and that warning would hide what failed.
    """

    blogs: list[Stored]
    twins: Twins
    preparer: Preparer


@asynccontextmanager
async def staged(seeds: Sequence[int], new_database: NewDatabase, redis_url: str) -> AsyncIterator[Stage]:
    """A stage with the blogs of these seeds."""
    settings = settings_for("postgresql://nowhere", redis_url)
    schema, blogs = build_schema(), []
    for seed in seeds:
        blog = made(seed)
        url = await written(blog, new_database)
        # What only a busy machine makes late must not differ.
        given = settings_for(url, redis_url, database_pool_size=3, statement_timeout=60, database_pool_timeout=60)
        blogs.append(Stored(blog, Database(given, url), pool_of(blog)))
    preparer = Preparer(schema._schema, Limits.of(settings), suggest=False, introspection=True)
    yield Stage(blogs, Twins(schema, settings), preparer)
    for stored in blogs:
        await stored.database.close()


def variants(query: Query) -> list[dict[str, Any]]:
    """The variables of a query, and others for the same plan: conditions turned round, one null, one left out."""
    given_ = query.variables
    turned = {name: not value if isinstance(value, bool) else value for name, value in given_.items()}
    variants: list[dict[str, Any]] = [dict(given_)]
    if turned != given_:
        variants.append(turned)
    for name in list(given_)[:1]:
        variants.append({**given_, name: None})
        variants.append({key: value for key, value in given_.items() if key != name})
    return variants
