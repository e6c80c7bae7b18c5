from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.errors import FrontMatterError
from content.fields import is_known
from content.front_matter import split
from content.yaml_text import dump, load_mapping

BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def read(text: str) -> dict[str, object] | None:
    return split(text, is_known).fields


def test_yaml_toml_json_and_no_front_matter_are_told_apart() -> None:
    assert split("---\ntitle: A\n---\n\nBody\n", is_known).fields == {"title": "A"}
    assert split('+++\ntitle = "A"\n+++\nBody\n', is_known).fields == {"title": "A"}
    assert split('{\n"title": "A"\n}\n\nBody\n', is_known).fields == {"title": "A"}
    assert split("Body\n", is_known).fields is None
    bodies = ["---\ntitle: A\n---\n\nBody\n", '+++\ntitle = "A"\n+++\nBody', '{"title": "A"}\nBody\n', "Body\n"]
    assert {split(text, is_known).body for text in bodies} == {"Body"}


@pytest.mark.parametrize(
    "title", ["No", "1.10", "2015", "2019-10-17", "0x1F", "1_000", "12:30", "yes", "1e3", ".5", "true"]
)
def test_a_yaml_title_stays_as_it_was_written(title: str) -> None:
    assert read(f"---\ntitle: {title}\ntags: [{title}]\n---\n") == {"title": title, "tags": [title]}


def test_other_yaml_keys_are_typed_as_the_core_schema_says() -> None:
    head = "a: 1\nb: 1.5\nc: true\nd: no\ne: 12:30\nf: 2019-10-17\ng: '1'\nh:\ni: 010\nj: .inf\nk: ~"
    assert read(f"---\n{head}\n---\n") == {
        "a": 1, "b": 1.5, "c": True, "d": "no", "e": "12:30", "f": "2019-10-17", "g": "1", "h": None, "i": "010",
        "j": ".inf", "k": None,
    }  # fmt: skip


def test_toml_and_json_numbers_keep_how_they_were_written() -> None:
    assert read("+++\ntitle = 1.10\n+++\n") == {"title": Decimal("1.10")}
    assert read('{"title": 1.10}') == {"title": Decimal("1.10")}


def test_tabs_in_yaml_are_mended_with_a_note() -> None:
    found = split("---\ntags:\n- a\t\n- b \t\n---\nBody", is_known)
    assert found.fields == {"tags": ["a", "b"]}
    assert "tabs" in found.notes[0]


def test_a_key_that_is_there_twice_counts_the_last_time() -> None:
    for text in ("---\na: 1\na: 2\n---\n", '{"a": 1, "a": 2}\n'):
        found = split(text, is_known)
        assert found.fields == {"a": 2}
        assert "twice" in found.notes[0]


def test_keys_that_are_no_text_are_left_out_with_a_note() -> None:
    found = split("---\n? [a, b]\n: c\nd: 1\n---\n", is_known)
    assert found.fields == {"d": 1}
    assert found.notes


def test_anchors_and_merges_are_followed() -> None:
    assert read("---\na: &x {k: 1}\nb: *x\nc:\n  <<: *x\n  m: 2\n---\n") == {
        "a": {"k": 1},
        "b": {"k": 1},
        "c": {"k": 1, "m": 2},
    }


@pytest.mark.parametrize(
    "head",
    [BOMB, "a: &a [*a]", "a: " + "[" * 5_000, "a: " + "{b: " * 5_000, "a: [",
     "- list", "a: b: c", 'a: "\\U99999999"', 'a: "' + "x" * 300_000 + '"'],
    ids=["bomb", "loop", "deep list", "deep mapping", "open", "list", "colon", "escape", "long"],
)  # fmt: skip
def test_hostile_or_broken_yaml_is_refused_in_no_time(head: str) -> None:
    with pytest.raises(FrontMatterError):
        load_mapping(head)


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: A\nno end",
        "+++\ntitle = 'A'\nno end",
        "---\na: [\n---\n",
        "+++\na = \n+++\n",
        "+++\na = 1\na = 2\n+++\n",
        '{"title": "A"',
        "+++\na = " + "[" * 5_000 + "\n+++\n",
        '{"a": ' + "[" * 100_000,
        '{"a": ' + "1" * 10_000 + "}",
    ],
)
def test_a_head_that_cannot_be_read_says_so(text: str) -> None:
    with pytest.raises(FrontMatterError):
        split(text, is_known)


@pytest.mark.parametrize(
    "text",
    ["---\n\nA ruler first.", "---\nWords\n---\nMore", "{% include x %}", "{{ x }}", "+++ plus", "----\na: b\n----"],
)
def test_a_text_that_only_begins_like_a_head_is_a_text(text: str) -> None:
    found = split(text, is_known)
    assert (found.fields, found.body) == (None, text)


def test_an_error_names_the_line_of_the_file() -> None:
    with pytest.raises(FrontMatterError, match="line 3"):
        split("---\ntitle: fine\nother: a: b\n---\n", is_known)


def test_front_matter_may_end_with_three_dots_and_the_file() -> None:
    assert read("---\na: 1\n...\nx") == {"a": 1}
    assert read("---\na: 1\n---") == {"a": 1}
    assert read("---\n---\n") == {}


@given(st.text())
def test_any_head_is_read_or_refused(text: str) -> None:
    for opening, closing in (("---\n", "\n---\n"), ("+++\n", "\n+++\n"), ('{"', "}")):
        try:
            split(opening + text + closing, is_known)
        except FrontMatterError as error:
            assert str(error)  # noqa: PT017


_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(_TEXT, _JSON))
def test_what_is_dumped_is_loaded_again(values: dict[str, object]) -> None:
    assert load_mapping(dump(values)) == (values, [])
