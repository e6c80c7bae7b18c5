"""Writes a blog into a fresh database, by SQL and nothing of the project."""

from collections.abc import Sequence
from dataclasses import astuple, fields

from tests.fixtures.servers import NewDatabase, connected
from tests.model.blog import Blog, Comment, Post, PostTag, Revision, Session, Tag, User

_TABLES: tuple[tuple[str, type], ...] = (
    ("users", User),
    ("tags", Tag),
    ("posts", Post),
    ("post_tags", PostTag),
    ("comments", Comment),
    ("revisions", Revision),
    ("sessions", Session),
)


async def written(blog: Blog, new_database: NewDatabase) -> str:
    """The URL of a new database that holds the blog."""
    url = await new_database()
    await write(blog, url)
    return url


async def write(blog: Blog, url: str) -> None:
    """Add the rows of a blog to a database."""
    async with connected(url) as connection:
        for table, row_type in _TABLES:
            rows: Sequence[object] = getattr(blog, table)
            names = [f.name for f in fields(row_type)]
            await connection.copy_records_to_table(
                table,
                columns=names,
                records=[astuple(row) for row in rows],  # type: ignore[call-overload] # they are dataclasses
            )
        authors = {post.id: post.author_id for post in blog.posts}
        await connection.copy_records_to_table(
            "post_coauthors",
            columns=["post_id", "user_id", "author_id", "position"],
            records=[(c.post_id, c.user_id, authors[c.post_id], c.position) for c in blog.co_authors],
        )
        await connection.execute("ANALYZE")
