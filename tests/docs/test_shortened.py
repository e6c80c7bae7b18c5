from typing import Any

import pytest

from tests.docs.shortened import json_differs


@pytest.mark.parametrize(
    ("shown", "real"),
    [
        ({"a": 1}, {"a": 1}),
        ({"a": 1, "…": "…"}, {"a": 1, "b": 2}),
        ([1, "…"], [1, 2, 3]),
        ([1, "…", 3], [1, 2, 2, 3]),
        ("in the … of", "in the midst of"),
        (None, None),
    ],
)
def test_a_shortened_answer_may_leave_out_what_it_says_it_leaves_out(shown: Any, real: Any) -> None:
    assert json_differs(shown, real) is None


@pytest.mark.parametrize(
    ("shown", "real"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2}, {"a": 1}),
        ({"a": 1, "…": "…"}, {"a": 1}),
        ([1, "…"], [1]),
        ([1, "…", 3], [1, 2, 4]),
        ([1], [1, 2]),
        ("in the … of", "on the whole"),
        (None, 0),
    ],
)
def test_an_answer_that_is_not_true_is_noticed(shown: Any, real: Any) -> None:
    assert json_differs(shown, real) is not None
