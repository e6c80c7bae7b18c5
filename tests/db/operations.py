"""Every read of the contract, with realistic values: the busiest author and tag, and cursors deep in their lists."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import asyncpg

from core.viewer import ANONYMOUS, Asker, Viewer
from db.database import ReadSession
from db.pages import PageArgs, SortKey
from db.reads import comments, posts, revisions, search, tags, users
from db.reads.post_filter import GRAM, PostFilter
from db.reads.post_pages import SORT_COLUMNS, OrderField, Parent, PostOrder, count_posts, page_posts

NOBODY, EDITOR = Asker(ANONYMOUS), Asker(Viewer(1, "EDITOR"))
SIZE = 20
CARD = ("id", "title")
ORDERS = tuple(product(SORT_COLUMNS, (True, False)))


Run = Callable[[ReadSession], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Operation:
    """A read; `most` rows may be read for it, whatever there is; `sorts` and `whole` say why it may do that."""

    name: str
    run: Run
    most: int | None = None
    sorts: str | None = None
    whole: str | None = None


@dataclass(frozen=True, slots=True)
class Values:
    """What stands in the large database."""

    authors: list[int]
    usernames: list[str]
    tags: list[int]
    tag_slugs: list[str]
    posts: list[int]
    slugs: list[str]
    comments: list[int]
    deep: dict[OrderField, SortKey]
    middle_username: SortKey
    middle_tag: SortKey
    word: str
    frequent_word: str
    commonest_word: str


async def values_of(connection: asyncpg.Connection) -> Values:
    """Find them."""

    async def column(sql: str) -> list[Any]:
        return [record[0] for record in await connection.fetch(sql)]

    async def place(sql: str) -> SortKey:
        sort, row_id = await connection.fetchrow(sql) or (None, 0)
        return sort, row_id

    by_size = "SELECT list_id FROM post_listings WHERE kind = '{}' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 20"
    deep: dict[OrderField, SortKey] = {}
    for field, sort in SORT_COLUMNS.items():
        sql = f"SELECT {sort}, id FROM posts WHERE status = 'PUBLISHED' ORDER BY 1 DESC, 2 DESC OFFSET 40000 LIMIT 1"
        deep[field] = await place(sql)
    authors, tag_ids = await column(by_size.format("author")), await column(by_size.format("tag"))
    return Values(
        authors=authors,
        usernames=await column("SELECT username_key FROM users ORDER BY id LIMIT 20"),
        tags=tag_ids,
        tag_slugs=[await connection.fetchval("SELECT slug FROM tags WHERE id = $1", tag) for tag in tag_ids[:3]],
        posts=await column("SELECT id FROM posts WHERE status = 'PUBLISHED' ORDER BY published_at DESC LIMIT 20"),
        slugs=await column("SELECT slug FROM posts ORDER BY id DESC LIMIT 20"),
        comments=await column("SELECT id FROM comments WHERE parent_id IS NULL ORDER BY id LIMIT 20"),
        deep=deep,
        middle_username=await place("SELECT username_key, id FROM users ORDER BY username_key OFFSET 2500 LIMIT 1"),
        middle_tag=await place("SELECT name_key, id FROM tags ORDER BY name_key OFFSET 500 LIMIT 1"),
        # As the seed writes: one of thousands of words, one that a tenth of all posts has, and one that most have.
        word="slatehaven",
        frequent_word="tender",
        commonest_word="harbour",
    )


def pages_around(after: SortKey) -> Iterator[tuple[str, PageArgs]]:
    """First and last pages, pages on both sides of a deep cursor, and the looks to the far side of it."""
    for backward in (False, True):
        where = "last" if backward else "first"
        yield where, PageArgs(SIZE, backward)
        yield f"{where}, after", PageArgs(SIZE, backward, after=after)
        yield f"{where}, before", PageArgs(SIZE, backward, before=after)
        yield f"{where}, looking around", PageArgs(SIZE, backward, after=after, want_next=True, want_previous=True)
        yield (
            f"{where}, before, looking around",
            PageArgs(SIZE, backward, before=after, want_next=True, want_previous=True),
        )


def _filters(v: Values) -> dict[str, tuple[PostFilter, str | None]]:
    union = "a union of lists, each walked for as many rows as the page has"
    found = "what an index on substrings finds comes in no order"
    day = v.deep["PUBLISHED_AT"][0]
    return {
        "author": (PostFilter(author=v.authors[0]), None),
        "authorUsername": (PostFilter(author_username=v.usernames[0].upper()), None),
        "one tag": (PostFilter(tags_any=(v.tag_slugs[0],)), None),
        "any tag": (PostFilter(tags_any=tuple(v.tag_slugs)), union),
        "all tags": (PostFilter(tags_all=tuple(v.tag_slugs[:2])), None),
        "publishedAt": (PostFilter(published_gte=day), None),
        "titleContains": (PostFilter(title_contains=v.word), found),
        "titleContains, rare": (PostFilter(title_contains="no title has this"), found),
        "titleContains, short": (PostFilter(title_contains="a"), found),
        "author and tag": (PostFilter(author=v.authors[0], tags_any=(v.tag_slugs[0],)), None),
    }


def post_lists(v: Values) -> Iterator[Operation]:
    """All posts, an author's and a tag's, in each order, in each direction, from each side."""
    everything = PostFilter()
    parents: tuple[tuple[Parent | None, list[Any]], ...] = ((None, [None]), ("author", v.authors), ("tag", v.tags))
    for (parent, keys), (field, descending) in product(parents, ORDERS):
        order = PostOrder(field, descending)
        for page, args in pages_around(v.deep[field]):
            yield Operation(
                f"posts of {parent or 'all'} by {field} {'down' if descending else 'up'}, {page}",
                page_of_posts(parent, keys, order, everything, args),
                # Of each list the index entries of the page, the rows themselves, and one entry for each look.
                most=len(keys) * (2 * (SIZE + 1) + 4),
            )
    for (parent, keys), (name, (where, sorts)) in product(parents, _filters(v).items()):
        yield Operation(
            f"posts of {parent or 'all'} where {name}",
            page_of_posts(parent, keys, PostOrder(), where, PageArgs(SIZE)),
            sorts=sorts,
        )
        short = where.title_contains is not None and len(where.title_contains) < GRAM
        yield Operation(
            f"count of posts of {parent or 'all'} where {name}",
            count_of_posts(parent, keys, where),
            sorts="a post in several lists is counted once" if where.tags_any else None,
            whole="no index knows a substring so short, and all titles must be counted" if short else None,
        )
    for parent, keys in parents:
        yield Operation(f"count of posts of {parent or 'all'}", count_of_posts(parent, keys, everything))


def page_of_posts(
    parent: Parent | None,
    keys: list[Any],
    order: PostOrder,
    where: PostFilter,
    args: PageArgs,
    viewer: Asker = NOBODY,
) -> Run:
    return lambda s: page_posts(s, viewer, parent, keys, order=order, where=where, args=args, columns=CARD)


def count_of_posts(parent: Parent | None, keys: list[Any], where: PostFilter, viewer: Asker = NOBODY) -> Run:
    return lambda s: count_posts(s, viewer, parent, keys, where)


def look_ups(v: Values) -> Iterator[Operation]:
    """Rows by key, and the rows that hang from rows."""
    few = 3 * SIZE
    name = ("id", "name")
    yield Operation("posts by id", lambda s: posts.by_id(s, NOBODY, v.posts, CARD), few)
    yield Operation("posts by slug", lambda s: posts.by_slug(s, NOBODY, v.slugs, CARD), few)
    yield Operation("previous", lambda s: posts.neighbours(s, NOBODY, "previous", v.posts, CARD), few)
    yield Operation("next", lambda s: posts.neighbours(s, NOBODY, "next", v.posts, CARD), few)
    yield Operation(
        "related",
        lambda s: posts.related(s, NOBODY, 3, v.posts, CARD),
        most=SIZE * (6 * (posts.RELATED_AMONG + 1) + 6),
        sorts="posts are ranked by the tags they share",
    )
    in_order = "the few rows of a batch come in the order of each parent"
    yield Operation("tags of posts", lambda s: tags.of_posts(s, v.posts, name), SIZE * 12, in_order)
    yield Operation("co-authors", lambda s: users.coauthors_of_posts(s, v.posts, name), SIZE * 12, in_order)
    yield Operation("users by id", lambda s: users.by_id(s, v.authors, name), few)
    yield Operation("users by username", lambda s: users.by_username(s, v.usernames, name), few)
    yield Operation("tags by id", lambda s: tags.by_id(s, v.tags, name), few)
    yield Operation("tags by slug", lambda s: tags.by_slug(s, v.tag_slugs, name), few)
    text = ("id", "created_at")
    yield Operation("comments by id", lambda s: comments.by_id(s, NOBODY, v.comments, text), few)
    yield Operation("revisions by id", lambda s: revisions.by_id(s, EDITOR, v.posts, text), few)


def call(read: Callable[..., Awaitable[object]], *arguments: object, **named: object) -> Run:
    """The read of these arguments, for a session that comes later."""
    return lambda session: read(session, *arguments, **named)


def directories(v: Values) -> Iterator[Operation]:
    """Users and tags."""
    name = ("id", "name")
    most = 2 * (SIZE + 1) + 4
    union = "a union of lists, each walked for as many rows as the page has"
    few = "so few tags begin so that sorting them costs nothing"
    for page, args in pages_around(v.middle_username):
        yield Operation(f"users, {page}", call(users.page_users, None, args, name), most)
        yield Operation(f"users of a role, {page}", call(users.page_users, ("AUTHOR",), args, name), most, union)
    for page, args in pages_around(v.middle_tag):
        yield Operation(f"tags, {page}", call(tags.page_tags, None, args, name), most)
        yield Operation(f"tags that begin, {page}", call(tags.page_tags, v.middle_tag[0][:1], args, name), sorts=few)
    rare = call(users.page_users, ("ADMIN", "EDITOR"), PageArgs(SIZE), name)
    yield Operation("users of rare roles", rare, 2 * most, union)
    yield Operation("count of users of a role", call(users.count_users, ("ADMIN",)))
    yield Operation("count of tags that begin", call(tags.count_tags, "b"))


def threads(v: Values) -> Iterator[Operation]:
    """Comments, replies, revisions."""
    text = ("id", "created_at")
    most = 2 * (SIZE + 1) + 6
    for (page, args), descending in product(pages_around(v.deep["CREATED_AT"]), (True, False)):
        how = {"descending": descending, "args": args, "columns": text}
        name = f"{'down' if descending else 'up'}, {page}"
        on_posts = call(comments.page_comments, NOBODY, "post", v.posts, **how)
        replies = call(comments.page_comments, NOBODY, "comment", v.comments, **how)
        yield Operation(f"comments of posts {name}", on_posts, SIZE * most)
        yield Operation(f"replies {name}", replies, SIZE * most)
    for page, args in pages_around((1, 1)):
        yield Operation(f"revisions, {page}", call(revisions.page_revisions, EDITOR, v.posts, args, text), SIZE * most)
    yield Operation("count of comments", call(comments.count_comments, NOBODY, "post", v.posts))
    yield Operation("count of replies", call(comments.count_comments, NOBODY, "comment", v.comments))
    yield Operation("count of revisions", call(revisions.count_revisions, EDITOR, v.posts))


def searches(v: Values) -> Iterator[Operation]:
    """Search, with and without conditions."""
    for name, where in (("", PostFilter()), (" of an author", PostFilter(author=v.authors[0]))):
        for highlighted in (False, True):
            yield Operation(
                f"search{name}{', highlighted' if highlighted else ''}",
                call(search.search_posts, NOBODY, v.word, where, PageArgs(SIZE), CARD, highlighted=highlighted),
                sorts="what was found is ranked",
            )
        yield Operation(f"count of search{name}", call(search.count_found, NOBODY, v.word, where))
    place = (0.2, v.posts[0])
    for word, (page, args) in product((v.word, v.frequent_word, v.commonest_word), pages_around(place)):
        yield Operation(
            f"search for {word}, {page}",
            call(search.search_posts, NOBODY, word, PostFilter(), args, CARD, highlighted=False),
            sorts="what was found is ranked",
            whole="nearly all posts are found, and all that are found are ranked" if word == v.commonest_word else None,
        )
