import pytest
from graphql import DocumentNode
from hypothesis import given
from hypothesis import strategies as st

from core.errors import LimitError
from gql.documents.document import Document, InvalidDocumentError
from gql.documents.documents import Asked, Documents
from gql.documents.store import DocumentStore
from gql.schema import build_schema
from tests.limits.inlined import settings_with
from tests.model.examples import examples

NODE = DocumentNode(definitions=())


def document(name: str, size: int = 1) -> Document:
    return Document(name, NODE, {}, size)


def ask(store: DocumentStore, name: str, size: int = 1) -> Document:
    """As a request does: look it up, else prepare and keep it."""
    found = store.get(name)
    if found is None:
        found = document(name, size)
        store.put(name, found)
    return found


def held(store: DocumentStore) -> dict[str, Document]:
    probation, kept = store._probation.entries, store._kept.entries
    assert not probation.keys() & kept.keys()
    return {**probation, **kept}


STEPS = st.lists(st.tuples(st.sampled_from(["get", "put", "ask"]), st.integers(0, 12)), max_size=120)


@examples(200)
@given(STEPS, st.integers(1, 12), st.integers(1, 200), st.lists(st.integers(0, 60), min_size=13, max_size=13))
def test_whatever_is_asked_the_bounds_and_the_sums_hold(
    steps: list[tuple[str, int]], most: int, most_bytes: int, sizes: list[int]
) -> None:
    store = DocumentStore(most, most_bytes)
    texts = [document(str(i), size) for i, size in enumerate(sizes)]
    asked = hits = 0
    for step, i in steps:
        before = held(store)
        if step == "put":
            store.put(str(i), texts[i])
        else:
            found = store.get(str(i))
            asked += 1
            hits += found is not None
            assert found is before.get(str(i))
            if found is None and step == "ask":
                store.put(str(i), texts[i])
        now = held(store)
        assert len(store) == len(now)
        # One document at least fits each of the two parts, however small the whole is.
        assert len(now) <= max(most, 2)
        assert sum(one.size for one in now.values()) <= max(most_bytes, 2)
        for segment in (store._probation, store._kept):
            assert segment.size == sum(one.size for one in segment.entries.values())
        assert all(one is texts[int(key)] for key, one in now.items())
        assert (store.hits, store.misses) == (hits, asked - hits)


def test_hits_and_misses_are_counted() -> None:
    store = DocumentStore()
    for name in "abacab":
        ask(store, name)
    assert (store.hits, store.misses) == (3, 3)


def test_what_is_used_twice_survives_a_flood_of_ten_times_the_capacity() -> None:
    store = DocumentStore(100)
    used = [f"used {i}" for i in range(80)]
    for name in used:
        ask(store, name)
        ask(store, name)
    for i in range(1_000):
        ask(store, f"flood {i}")
    assert len(store) == 100
    before = store.hits
    assert all(store.get(name) is not None for name in used)
    assert store.hits == before + 80


def test_a_flood_of_large_documents_does_not_touch_what_is_used_twice() -> None:
    store = DocumentStore(1_000, 10_000)
    for _ in range(2):
        ask(store, "used", 500)
    for i in range(100):
        ask(store, f"flood {i}", 1_000)
    assert store.get("used") is not None
    assert sum(one.size for one in held(store).values()) <= 10_000


def test_what_was_longest_unused_goes_first() -> None:
    store = DocumentStore(10)
    for name in "abcdefgh" * 2:
        store.put(name, document(name))
        store.get(name)
    store.get("a")
    for _ in range(2):
        ask(store, "new")
    # `b` has another chance among those that were asked for once.
    assert "b" in store._probation.entries
    assert "a" in store._kept.entries
    for name in "xy":
        ask(store, name)
    assert store.get("b") is None
    assert store.get("a") is not None


def test_a_document_larger_than_the_store_is_not_kept_and_pushes_nothing_that_is_used_out() -> None:
    store = DocumentStore(10, 1_000)
    for _ in range(2):
        ask(store, "used", 100)
    for _ in range(3):
        ask(store, "huge", 5_000)
    assert held(store).keys() == {"used"}


def test_a_document_is_kept_under_the_key_that_it_came_with_first() -> None:
    store = DocumentStore()
    first, second = document("a"), document("a")
    store.put("a", first)
    store.put("a", second)
    assert store.get("a") is first
    store.put("a", second)
    assert store.get("a") is first
    assert len(store) == 1


async def test_only_valid_documents_come_in() -> None:
    documents = Documents(build_schema(), settings_with())
    for text in ("{", "{ unknown }", "", "fragment f on Query { __typename }", "\ud800"):
        with pytest.raises(InvalidDocumentError):
            await documents.find(Asked(text=text))
    for text in ("{" + " __typename" * 60 + "}", "{ a" * 20 + " }" * 20, "{ __typename }".ljust(40_000)):
        with pytest.raises(LimitError):
            await documents.find(Asked(text=text))
    assert len(documents.store) == 0
    assert documents.store.hits == 0


async def test_a_document_that_comes_again_is_the_very_same() -> None:
    documents = Documents(build_schema(), settings_with())
    first = await documents.find(Asked(text="{ __typename }"))
    assert await documents.find(Asked(text="{ __typename }")) is first
    assert await documents.find(Asked(text="{ __typename  }")) is not first
    assert (documents.store.hits, documents.store.misses) == (1, 2)


async def test_no_more_are_kept_than_the_settings_say() -> None:
    documents = Documents(build_schema(), settings_with(documents_kept=10))
    for i in range(50):
        for _ in range(2):
            await documents.find(Asked(text=f"{{ a{i}: __typename }}"))
    assert len(documents.store) <= 10
