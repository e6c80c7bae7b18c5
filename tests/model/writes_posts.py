"""Mutations of posts, on a model."""

from collections.abc import Callable, Iterator
from typing import Any

from gql.relay.ids import decode_id
from tests.model.writes_rules import demand, free, post_texts, slug, slug_of, stop
from tests.model.writes_state import Answer, Person, Post, Problem, Refused, State, Tag, Text
from tests.model.writes_tags import tag_called

Given = dict[str, Any]
COME_FROM = {
    "publish": ("DRAFT", "ARCHIVED"),
    "unpublish": ("PUBLISHED",),
    "archive": ("PUBLISHED",),
    "delete": ("DRAFT", "PUBLISHED", "ARCHIVED"),
}
BECOMES = {"publish": "PUBLISHED", "unpublish": "DRAFT", "archive": "ARCHIVED"}
FUTURE = "2100-01-01T00:00:00+00:00"


def create_post(state: State, me: Person, given: Given) -> Answer:
    demand(me, "AUTHOR")
    stop(_wrong(given))
    stop(_links(state, given, me.id, own=None))
    return Answer(values={"post": _made(state, me, given)})


def create_posts(state: State, me: Person, given: Given) -> Answer:
    """Those that choose their slugs have them before those that get one."""
    demand(me, "AUTHOR")
    asked: list[Given] = given["posts"]
    found = {index: [*_wrong(one)] for index, one in enumerate(asked)}
    made: dict[int, int] = {}
    for index, one in sorted(enumerate(asked), key=lambda place: (place[1].get("slug") is None, place[0])):
        found[index] = found[index] or [*_links(state, one, me.id, own=None)]
        if not found[index]:
            made[index] = _made(state, me, one)
    rows = [Answer([p.below("posts", i) for p in found[i]], _row("post", made.get(i))) for i in range(len(asked))]
    return _bulk(rows, given, len(made))


def step(name: str) -> Callable[[State, Person, Given], Answer]:
    def take(state: State, me: Person, given: Given) -> Answer:
        number = _writable(state, me, given)
        stop(_state_problems(state, number, name, ("id",)))
        return Answer(values=_taken(state, number, name))

    return take


def steps(name: str) -> Callable[[State, Person, Given], Answer]:
    def take(state: State, me: Person, given: Given) -> Answer:
        rows: list[Answer] = []
        for index, value in enumerate(given["ids"]):
            try:
                if value in given["ids"][:index]:
                    raise Refused(Problem("INVALID"))  # noqa: TRY301 - named twice
                number = _writable(state, me, {"id": value})
                stop(_state_problems(state, number, name, ()))
                rows.append(Answer(values=_taken(state, number, name)))
            except Refused as refused:
                rows.append(Answer([Problem(p.code, ("ids", index), p.told) for p in refused.problems]))
        return _bulk(rows, given, sum(not row.problems for row in rows))

    return take


def update_post(state: State, me: Person, given: Given) -> Answer:
    stop([*post_texts(given), *(slug(given["slug"]) if "slug" in given else ())])
    number = _writable(state, me, given)
    post = state.posts[number]
    stop(_links(state, given, post.author, own=post.slug))
    before = (post.slug, post.canonical_url, post.tags, post.co_authors, _words(post.text))
    post.slug = given.get("slug", post.slug)
    post.canonical_url = given.get("canonicalUrl", post.canonical_url)
    if "tags" in given:
        post.tags = _tags(state, given["tags"] or [])
    if "coAuthors" in given:
        post.co_authors = _people(given["coAuthors"] or [])
    title, summary, body = _words(post.text)
    words = (given.get("title", title).strip(), given.get("summary", summary) or None, given.get("body", body))
    if (post.slug, post.canonical_url, post.tags, post.co_authors, words) != before:
        _write(post, me, words)
    return Answer(values={"post": number})


def restore_revision(state: State, me: Person, given: Given) -> Answer:
    number = _writable(state, me, given)
    post = state.posts[number]
    earlier = next((text for text in post.texts if text.version == given["version"]), None)
    if earlier is None:
        raise Refused(Problem("NOT_FOUND", ("version",)))
    if _words(earlier) != _words(post.text):
        _write(post, me, _words(earlier))
    return Answer(values={"post": number})


def _write(post: Post, me: Person, words: tuple[str, str | None, str]) -> None:
    post.version += 1
    if words != _words(post.text):
        post.texts.append(Text(post.version, me.id, *words))


def _words(text: Text) -> tuple[str, str | None, str]:
    return text.title, text.summary, text.body


def _writable(state: State, me: Person, given: Given) -> int:
    _, row_id = decode_id(given["id"])
    number = next((n for n, post in state.posts.items() if post.id == row_id), None)
    if number is None or not state.readable(me, state.posts[number]):
        raise Refused(Problem("NOT_FOUND", ("id",)))
    post = state.posts[number]
    own = me.id in post.byline
    demand(me, "AUTHOR" if own else "EDITOR", "id")
    expected = given.get("expectedVersion")
    if expected is not None and expected != post.version:
        told = {"expectedVersion": expected, "currentVersion": post.version}
        raise Refused(Problem("VERSION_CONFLICT", ("expectedVersion",), told))
    return number


def _state_problems(state: State, number: int, name: str, path: tuple[str | int, ...]) -> Iterator[Problem]:
    if state.posts[number].status not in COME_FROM[name]:
        yield Problem("INVALID_STATE", path)


def _taken(state: State, number: int, name: str) -> dict[str, Any]:
    post = state.posts[number]
    if name == "delete":
        state.delete_post(number)
        return {"deleted": post.id}
    post.status = BECOMES[name]
    post.version += 1
    post.dated = post.dated or post.status == "PUBLISHED"
    return {"post": number}


def _wrong(given: Given) -> Iterator[Problem]:
    yield from post_texts(given)
    if given.get("slug") is not None:
        yield from slug(given["slug"])
    if given.get("publishedAt") is not None and (
        given.get("status", "DRAFT") == "DRAFT" or given["publishedAt"] == FUTURE
    ):
        yield Problem("INVALID", ("publishedAt",))


def _links(state: State, given: Given, author: int, own: str | None) -> Iterator[Problem]:
    wanted = given.get("slug")
    if wanted is not None and wanted != own and wanted in {post.slug for post in state.posts.values()}:
        yield Problem("TAKEN", ("slug",))
    for index, value in enumerate(given.get("coAuthors") or []):
        user = decode_id(value)[1]
        if user == author:
            yield Problem("INVALID", ("coAuthors", index))
        elif user not in state.people:
            yield Problem("NOT_FOUND", ("coAuthors", index))


def _made(state: State, me: Person, given: Given) -> int:
    held = {post.slug for post in state.posts.values()}
    summary = given.get("summary") or None
    status = given.get("status", "DRAFT")
    post = Post(
        slug=given.get("slug") or free(slug_of(given["title"]) or "post", held),
        author=me.id,
        status=status,
        texts=[Text(1, me.id, given["title"].strip(), summary, given["body"])],
        canonical_url=given.get("canonicalUrl"),
        tags=_tags(state, given.get("tags") or []),
        co_authors=_people(given.get("coAuthors") or []),
        dated=status != "DRAFT",
        published_at=given.get("publishedAt"),
    )
    number = state.number()
    state.posts[number] = post
    return number


def _tags(state: State, names: list[str]) -> list[int]:
    """Each once, in their order; those that are missing are made, under the name that came first."""
    found = []
    for name in names:
        number = tag_called(state, name)
        if number is None:
            number = state.number()
            state.tags[number] = Tag(slug_of(name), name.strip(), None)
        found.append(number)
    return list(dict.fromkeys(found))


def _people(ids: list[str]) -> list[int]:
    return list(dict.fromkeys(decode_id(value)[1] for value in ids))


def _row(kind: str, number: int | None) -> dict[str, Any]:
    return {} if number is None else {kind: number}


def _bulk(rows: list[Answer], given: Given, done: int) -> Answer:
    problems = [problem for row in rows for problem in row.problems]
    if problems and given.get("errorPolicy", "ALL_OR_NOTHING") == "ALL_OR_NOTHING":
        raise Refused(*problems, rows=[Answer(row.problems) for row in rows])
    return Answer(problems, {"count": done}, rows)
