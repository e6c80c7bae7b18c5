"""Whatever text comes in, by any field: it is stored and shown harmlessly, or refused with its path."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from core.settings import Settings
from gql.relay.ids import encode_id
from tests.fixtures.accounts import FAILURES, Person, person
from tests.fixtures.api import Api, serving
from tests.fixtures.servers import NewDatabase, settings_for
from tests.gql.hostile import HOSTILE, UNSTORABLE
from tests.model.harmless import assert_harmless
from tests.model.read import committed_schema

SCHEMA = committed_schema()


@dataclass(frozen=True)
class Desk:
    """An application, an editor, and what he writes to."""

    api: Api
    editor: Person
    post: str
    tag: str
    comment: str


@pytest.fixture(scope="module")
async def desk(new_database: NewDatabase, redis_url: str) -> AsyncIterator[Desk]:
    url = await new_database()
    editor = await person(url, "eve", "EDITOR")
    async with serving(_settings(url, redis_url)) as api:
        as_editor = Api(api.http, editor.headers)
        post = await _made(as_editor, 'createPost(input: {title: "Post", body: "", status: PUBLISHED}) { post { id } }')
        tag = await _made(as_editor, 'createTag(input: {name: "Tag"}) { tag { id } }')
        comment = await _made(as_editor, f'addComment(input: {{post: "{post}", body: "Hm"}}) {{ comment {{ id }} }}')
        yield Desk(as_editor, editor, post, tag, comment)


def _settings(url: str, redis_url: str) -> Settings:
    # Many tries from one address, and cheap hashes: neither is looked at here.
    return settings_for(url, redis_url, login_tries_by_address=100_000, password_memory_cost=8192, password_time_cost=1)


async def _made(api: Api, mutation: str) -> str:
    [payload] = (await api.data(f"mutation {{ {mutation} }}")).values()
    [row] = payload.values()
    found: str = row["id"]
    return found


Input = Callable[[Desk, str], dict[str, Any]]
POST = "post { id title summary body bodyHtml canonicalUrl tags { name slug } revisions(first: 2) { nodes { title } } }"
PASSWORD = "correct horse battery"

FIELDS: dict[str, tuple[str, str, list[str], Input]] = {
    "a title": ("createPost", POST, ["title"], lambda _, text: {"title": text, "body": "b"}),
    "a slug": ("createPost", POST, ["slug"], lambda _, text: {"title": "t", "body": "b", "slug": text}),
    "a summary": ("createPost", POST, ["summary"], lambda _, text: {"title": "t", "body": "b", "summary": text}),
    "a body": ("createPost", POST, ["body"], lambda _, text: {"title": "t", "body": text}),
    "an address": (
        "createPost",
        POST,
        ["canonicalUrl"],
        lambda _, text: {"title": "t", "body": "", "canonicalUrl": text},
    ),
    "a post's tag": ("createPost", POST, ["tags", "0"], lambda _, text: {"title": "t", "body": "", "tags": [text]}),
    "a post of many": (
        "createPosts",
        f"results {{ {POST} }}",
        ["posts", "0", "title"],
        lambda _, text: {"posts": [{"title": text, "body": text}]},
    ),
    "a new body": ("updatePost", POST, ["body"], lambda desk, text: {"id": desk.post, "body": text}),
    "a co-author": ("updatePost", POST, ["coAuthors", "0"], lambda desk, text: {"id": desk.post, "coAuthors": [text]}),
    "a tag": ("createTag", "tag { name description }", ["name"], lambda _, text: _tag(name=text)),
    "a tag's slug": ("updateTag", "tag { slug }", ["slug"], lambda desk, text: {"id": desk.tag, "slug": text}),
    "a tag's description": (
        "updateTag",
        "tag { description }",
        ["description"],
        lambda desk, text: {"id": desk.tag, "description": text},
    ),
    "a comment": (
        "addComment",
        "comment { body bodyHtml }",
        ["body"],
        lambda desk, text: {"post": desk.post, "body": text},
    ),
    "a new comment": (
        "updateComment",
        "comment { body bodyHtml }",
        ["body"],
        lambda desk, text: {"id": desk.comment, "body": text},
    ),
    "a name": ("updateProfile", "user { name }", ["name"], lambda _, text: {"name": text}),
    "a biography": ("updateProfile", "user { bio bioHtml }", ["bio"], lambda _, text: {"bio": text}),
    "an address of one's own": ("updateProfile", "user { url }", ["url"], lambda _, text: {"url": text}),
    "a username": ("signUp", "viewer { email }", ["username"], lambda _, text: _account(username=text)),
    "an e-mail address": ("signUp", "viewer { email }", ["email"], lambda _, text: _account(email=text)),
    "a new one's name": ("signUp", "viewer { user { name } }", ["name"], lambda _, text: _account(name=text)),
    "a login": ("logIn", "viewer { email }", ["login"], lambda _, text: {"login": text, "password": PASSWORD}),
    "a password": ("logIn", "viewer { email }", ["password"], lambda _, text: {"login": "eve", "password": text}),
    "a refresh token": ("refreshSession", "viewer { email }", ["refreshToken"], lambda _, text: {"refreshToken": text}),
    "an id": ("deletePost", "deletedId", ["id"], lambda _, text: {"id": text}),
}
"""By the field's name: the mutation, what to read of its payload, the path of the field, and the input."""


_NUMBERS = count()


def _tag(**given: str) -> dict[str, str]:
    return {"slug": f"s{next(_NUMBERS)}"} | given


def _account(**given: str) -> dict[str, str]:
    made = f"new{next(_NUMBERS)}"
    return {"username": made, "email": f"{made}@example.org", "name": "New", "password": PASSWORD} | given


@pytest.mark.parametrize("field", FIELDS)
async def test_a_hostile_text_is_stored_harmlessly_or_refused_with_its_path(field: str, desk: Desk) -> None:
    for text in HOSTILE:
        try:
            await _try(desk, field, text)
        except AssertionError as error:
            error.add_note(text)
            raise


async def _try(desk: Desk, field: str, text: str) -> None:
    mutation, selection, path, make = FIELDS[field]
    assert SCHEMA.mutation_type is not None
    type_name = SCHEMA.mutation_type.fields[mutation].args["input"].type
    query = f"mutation ($input: {type_name}) {{ payload: {mutation}(input: $input) {{ {FAILURES} {selection} }} }}"
    answer = await _send(desk, query, input=make(desk, HOSTILE[text]))
    if "errors" in answer:
        [error] = answer["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT", error
        assert [str(one) for one in error["extensions"]["argument"]][: len(path) + 1] == ["input", *path]
        return
    assert text not in UNSTORABLE or field in NOT_STORED
    payload = answer["data"]["payload"]
    if failures := payload.pop("userErrors"):
        for failure in failures:
            assert failure["field"] is None or failure["field"][: len(path) + 1] == ["input", *path], failure
            assert failure["message"]
    else:
        _assert_shown_well(payload, HOSTILE[text])


NOT_STORED = ("a refresh token", "a password")
"""Compared by their hashes: to these, any text is one that is not right."""


async def _send(desk: Desk, query: str, **variables: Any) -> dict[str, Any]:
    """As JSON with escapes, the only form in which half of a surrogate pair can come."""
    content = json.dumps({"query": query, "variables": variables}, ensure_ascii=True)
    headers = {"content-type": "application/json", **desk.api.headers}
    response = await desk.api.http.post("/graphql", content=content, headers=headers)
    answer: dict[str, Any] = response.json()
    return answer


def _assert_shown_well(shown: Any, text: str) -> None:
    """HTML does no harm; what is shown as it was written, is as it was written."""
    if isinstance(shown, list):
        for one in shown:
            _assert_shown_well(one, text)
    if isinstance(shown, dict):
        for name, value in shown.items():
            if name in ("bodyHtml", "bioHtml") and value is not None:
                assert_harmless(value)
            elif name in ("body", "bio", "summary") and value:
                assert value in {text, "b", "Hm"} or name == "summary"
            else:
                _assert_shown_well(value, text)


def test_every_text_of_every_mutation_is_tried() -> None:
    """By name: a text is tried once wherever the same rule reads it."""
    assert SCHEMA.mutation_type is not None
    kinds = ("String", "Markdown")
    named = {
        field
        for mutation in SCHEMA.mutation_type.fields.values()
        for field, given in mutation.args["input"].type.of_type.fields.items()
        if any(kind in str(given.type) for kind in kinds)
    }
    tried = {path[-1] if path[-1] != "0" else path[-2] for _, _, path, _ in FIELDS.values()}
    assert named - tried == {"clientMutationId", "currentPassword", "newPassword"}


SEARCHES = (
    "query ($text: String!) { search(query: $text) { totalCount nodes { id } edges { highlights { html } } } }",
    "query ($text: String!) { posts(where: {titleContains: $text}) { totalCount nodes { id } } }",
    "query ($text: String!) { posts(where: {tagsAny: [$text], authorUsername: $text}) { nodes { id } } }",
    "query ($text: String!) { post(by: {slug: $text}) { id } tag(slug: $text) { id } user(username: $text) { id } }",
    "query ($text: String!) { tags(startsWith: $text) { nodes { id } } posts(after: $text) { nodes { id } } }",
    "query ($text: ID!) { node(id: $text) { id } }",
)


@pytest.mark.parametrize("text", HOSTILE)
async def test_a_hostile_text_is_looked_for_in_vain_or_refused(text: str, desk: Desk) -> None:
    for query in SEARCHES:
        answer = await _send(desk, query, text=HOSTILE[text])
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        assert codes <= {"BAD_USER_INPUT"}, answer["errors"]
        for edge in (answer["data"] or {}).get("search", {"edges": []})["edges"]:
            for highlight in edge["highlights"]:
                assert_harmless(highlight["html"])


@pytest.mark.parametrize(("number", "refused"), [(1_000_000, False), (1_000_001, True)])
@pytest.mark.parametrize("piece", ["a", "é", "😀", "<b>", "* ", "[", "\n> "])
async def test_a_body_of_a_million_characters_is_taken_and_one_more_is_not(
    piece: str, number: int, refused: bool, desk: Desk
) -> None:
    body = (piece * number)[:number]
    query = """mutation ($body: Markdown!) { createPost(input: {title: "Long", body: $body}) {
        userErrors { code field ... on InputError { limit } } post { body bodyHtml summary } } }"""
    payload = (await desk.api.data(query, body=body))["createPost"]
    if refused:
        assert payload["userErrors"] == [{"code": "TOO_LONG", "field": ["input", "body"], "limit": 1_000_000}]
    else:
        assert payload["userErrors"] == []
        assert payload["post"]["body"] == body
        assert_harmless(payload["post"]["bodyHtml"])


async def test_a_client_s_own_id_comes_back_as_it_went(desk: Desk) -> None:
    for text in HOSTILE.values():
        query = "mutation ($input: NodeInput!) { deleteTag(input: $input) { clientMutationId userErrors { code } } }"
        given = {"id": encode_id("Tag", 987_654_321), "clientMutationId": text}
        answer = await _send(desk, query, input=given)
        if "errors" in answer:
            assert answer["errors"][0]["extensions"]["argument"] == ["input", "clientMutationId"]
        else:
            assert answer["data"]["deleteTag"]["clientMutationId"] == text
