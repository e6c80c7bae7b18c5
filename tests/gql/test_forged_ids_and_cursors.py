"""Ids and cursors that were changed or made up are refused, or are somebody else's; never are they a fault of ours."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gql.relay.cursors import encode_cursor
from tests.fixtures.refusals import OTHER, refused
from tests.fixtures.servers import NewDatabase
from tests.model.examples import examples
from tests.model.lists import POST_KEYS, post_order
from tests.model.read import committed_schema
from tests.model.served import Served, served
from tests.model.shaped import shaped


@pytest.fixture(scope="module")
async def blog(new_database: NewDatabase, redis_url: str) -> AsyncIterator[Served]:
    async with served([("a small blog", shaped(3))], committed_schema(), new_database, redis_url) as [service]:
        yield service


def _mutated(valid: str) -> st.SearchStrategy[str]:
    """A valid text with a few characters changed, dropped, added or turned round; or something else altogether."""
    letters = st.characters(codec="utf-8") | st.sampled_from("ABCxyz019-_=+/ ")

    def change(draw: st.DrawFn) -> str:
        text = valid
        for _ in range(draw(st.integers(1, 3))):
            at = draw(st.integers(0, len(text)))
            kept = draw(st.integers(0, 2))
            text = text[:at] + draw(st.text(letters, max_size=2)) + text[at + kept :]
        return text

    return st.composite(change)()


@examples(150)
@given(data=st.data())
async def test_a_broken_id_is_refused_or_is_another_id(data: st.DataObject, blog: Served) -> None:
    broken = data.draw(_mutated(data.draw(st.sampled_from(blog.pool.ids))))
    answer = await blog.api.post(f"query ($id: ID!) {{ node(id: $id) {{ id }} {OTHER} }}", id=broken)
    if "errors" in answer:
        refused(answer, ["node"], ["id"])
    elif answer["data"]["node"] is not None:
        assert answer["data"]["node"] == {"id": broken}


@examples(150)
@given(data=st.data())
async def test_a_broken_cursor_is_refused_or_is_another_place(data: st.DataObject, blog: Served) -> None:
    orders = {"posts": "PUBLISHED_AT", "users": "USERNAME", "tags": "TAG_NAME"}
    root, order = data.draw(st.sampled_from(sorted(orders.items())))
    name = data.draw(st.sampled_from(("after", "before")))
    broken = data.draw(_mutated(data.draw(st.sampled_from(blog.pool.cursors[order]))))
    query = f"query ($at: String) {{ {root}({name}: $at) {{ nodes {{ id }} pageInfo {{ hasNextPage }} }} {OTHER} }}"
    answer = await blog.api.post(query, at=broken)
    if "errors" in answer:
        refused(answer, [root], [name])


KEYS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.floats() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@examples(200)
@given(data=st.data())
async def test_a_made_up_cursor_is_refused_or_is_a_place(data: st.DataObject, blog: Served) -> None:
    orders = {
        "posts": "PUBLISHED_AT",
        "posts(orderBy: {field: TITLE})": "TITLE",
        "users": "USERNAME",
        "tags": "TAG_NAME",
        'search(query: "kiwi")': "SCORE",
    }
    field, order = data.draw(st.sampled_from(sorted(orders.items())))
    dates = st.datetimes().map(lambda date: date.isoformat())
    value = data.draw(KEYS | dates | dates.map(lambda date: date + "+23:59"))
    row_id = data.draw(st.integers(-2, 2**64) | KEYS)
    try:
        cursor = encode_cursor(order, (value, row_id))  # type: ignore[arg-type] # that is the point
    except TypeError:  # an integer that JSON has no room for
        assume(False)
    head, _, rest = field.partition("(")
    arguments = "after: $at" + (f", {rest}" if rest else ")")
    answer = await blog.api.post(
        f"query ($at: String) {{ {head}({arguments} {{ nodes {{ id }} }} {OTHER} }}", at=cursor
    )
    if "errors" in answer:
        refused(answer, [head], ["after"])


@pytest.mark.parametrize("asked", POST_KEYS)
@pytest.mark.parametrize("other", POST_KEYS)
async def test_a_cursor_of_another_order_is_refused(blog: Served, asked: str, other: str) -> None:
    cursor = post_order(other, descending=True).cursor(blog.blog.posts[1])
    posts = "posts(after: $at, orderBy: {field: $by}) { nodes { id } }"
    query = f"query ($at: String, $by: PostOrderField!) {{ {posts} {OTHER} }}"
    answer = await blog.api.post(query, at=cursor, by=asked)
    if asked == other:
        assert len(answer["data"]["posts"]["nodes"]) == 1
    else:
        refused(answer, ["posts"], ["after"])
