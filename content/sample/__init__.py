"""The small blog that an empty database gets in development: Markdown beside this file, and some comments."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from content.authors import named_author
from content.importer import Importer, ImportOptions
from content.reader import Reader
from db.database import Database, WriteSession
from db.writes.comments import add_comment
from db.writes.lookups import ids_by_slug, ids_by_username, is_empty

SOURCE = "sample"
FOLDER = Path(__file__).parent

# Slug, author, text, number of the comment it replies to, status.
COMMENTS = (
    (
        "hello-broadsheet",
        "chiyo",
        "The explorer at `/graphql` completes every field. Press Ctrl-Space.",
        None,
        "VISIBLE",
    ),
    ("pages-that-do-not-move", "ada", "So what *is* in a cursor?", None, "VISIBLE"),
    ("pages-that-do-not-move", "bruno", "The value that the list is ordered by, and the id.", 1, "VISIBLE"),
    ("pages-that-do-not-move", "ada", "And if I change one by hand?", 2, "VISIBLE"),
    ("pages-that-do-not-move", "bruno", "Then you are told that it is none.", 3, "VISIBLE"),
    ("pages-that-do-not-move", "chiyo", "BUY CHEAP OFFSETS", None, "HIDDEN"),
    ("one-statement-for-each-question", "ada", "docs/statements.md has the figures for each query.", None, "VISIBLE"),
    ("finding-things-again", "bruno", "It is a `tsvector` and a GIN index, for those who wonder.", None, "VISIBLE"),
)


async def fill_empty(database: Database) -> bool:
    """Fill a database that has neither users nor posts; answers whether it had none."""
    async with database.write() as session:
        if not await is_empty(session):
            return False
    options = ImportOptions(SOURCE, named_author("Ada Okafor"))
    await Importer(database, Reader(FOLDER), options).run()
    async with database.write() as session:
        await _comment(session)
    return True


async def _comment(session: WriteSession) -> None:
    posts, users = await ids_by_slug(session), await ids_by_username(session)
    made: list[int] = []
    written = datetime(2026, 9, 1, 9, tzinfo=UTC)
    for slug, username, body, parent, status in COMMENTS:
        written += timedelta(hours=1)
        comment = await add_comment(
            session,
            post_id=posts[slug],
            author_id=users[username],
            body=body,
            parent_id=None if parent is None else made[parent],
            status=status,
            created_at=written,
        )
        made.append(comment.id)
