"""The checker of histories is fed good and bad ones."""

import pytest

from tests.faults.history import MOST_TOLD, History


class Clock:
    """A time that goes on by one each time it is asked."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def history() -> History:
    made = History(Clock())
    made.start("a", 1)
    made.start("b", 1)
    made.start("t", 1, toggled=True)
    made.start("raw", 1, grace=10)
    return made


def _written(history: History, key: str, revision: int) -> None:
    history.attempt(key, revision)
    history.acknowledge(key, revision)


def _read(history: History, **shown: int | None) -> None:
    history.end(history.begin(), shown, "somebody")


def test_reads_of_what_was_written_are_good(history: History) -> None:
    _read(history, a=1, b=1)
    _written(history, "a", 2)
    _read(history, a=2, b=1)
    assert history.violations == 0
    assert history.worst_lag == {}


def test_a_read_of_what_was_before_an_acknowledged_write_is_bad(history: History) -> None:
    _written(history, "a", 2)
    _read(history, a=1, b=1)
    assert history.violations == 1
    assert "a at 1: older than 2" in history.told[0]
    assert history.worst_lag.keys() == {"a"}


def test_a_read_that_began_before_the_acknowledgement_may_show_either(history: History) -> None:
    history.attempt("a", 2)
    early = history.begin()
    other = history.begin()
    history.acknowledge("a", 2)
    history.end(early, {"a": 1}, "somebody")
    history.end(other, {"a": 2}, "somebody")
    assert history.violations == 0


def test_what_was_seen_stays_seen_even_if_nobody_acknowledged_it(history: History) -> None:
    history.attempt("a", 2)
    _read(history, a=1)
    _read(history, a=2)
    assert history.violations == 0
    _read(history, a=1)
    assert history.violations == 1


def test_a_read_that_began_before_another_ended_may_show_less(history: History) -> None:
    history.attempt("a", 2)
    slow = history.begin()
    _read(history, a=2)
    history.end(slow, {"a": 1}, "somebody")
    assert history.violations == 0


def test_an_unknown_write_may_never_come(history: History) -> None:
    history.attempt("a", 2)
    _read(history, a=1)
    _written(history, "a", 3)
    _read(history, a=3)
    assert history.violations == 0


def test_an_older_one_of_several_keys_is_bad(history: History) -> None:
    _written(history, "b", 2)
    _read(history, a=1, b=1)
    assert history.violations == 1


def test_a_revision_that_nobody_wrote_is_bad(history: History) -> None:
    _read(history, a=2)
    assert "nobody wrote it" in history.told[0]


def test_what_is_always_there_must_not_be_missing(history: History) -> None:
    _read(history, a=None)
    assert "missing" in history.told[0]


def test_what_is_hidden_may_be_missing_and_nothing_else(history: History) -> None:
    _written(history, "t", 2)
    _read(history, t=None)
    assert history.violations == 0
    _read(history, t=1)
    assert "older than 2" in history.told[0]


def test_a_list_without_what_was_published_is_bad(history: History) -> None:
    _written(history, "t", 2)
    _written(history, "t", 3)
    _read(history, t=3)
    assert history.violations == 0
    _read(history, t=None)
    assert history.violations == 1


def test_what_is_being_hidden_may_be_there_or_not_until_it_was_seen_missing(history: History) -> None:
    history.attempt("t", 2)
    _read(history, t=1)
    _read(history, t=None)
    assert history.violations == 0
    _read(history, t=1)
    assert history.violations == 1


def test_what_is_hidden_must_not_be_shown_at_that_revision(history: History) -> None:
    _written(history, "t", 2)
    _read(history, t=2)
    assert "hidden" in history.told[0]


def test_a_key_with_grace_may_be_behind_for_that_long_and_no_longer(history: History) -> None:
    _written(history, "raw", 2)
    _read(history, raw=1)
    _read(history, raw=2)
    _read(history, raw=1)
    assert history.violations == 0
    assert 0 < history.worst_lag["raw"] < 10
    for _ in range(10):
        history.begin()
    _read(history, raw=1)
    assert history.violations == 1
    assert history.worst_lag["raw"] > 10


def test_only_the_first_violations_are_told(history: History) -> None:
    _written(history, "a", 2)
    for _ in range(MOST_TOLD + 5):
        _read(history, a=1)
    assert history.violations == MOST_TOLD + 5
    assert len(history.told) == MOST_TOLD
    assert history.first_at is not None
