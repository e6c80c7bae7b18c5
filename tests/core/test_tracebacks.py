"""Tracebacks tell what went wrong, and no value that the database repeats."""

import sys

import pytest

from core.tracebacks import HIDDEN, formatted, with_exception


class DatabaseError(Exception):
    """As the driver's look."""

    def __init__(self, message: str, sqlstate: str, detail: str | None = None) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.args[0]}\nDETAIL:  {self.detail}" if self.detail else str(self.args[0])


def _raised(error: Exception, cause: Exception | None = None) -> Exception:
    with pytest.raises(type(error)) as caught:
        raise error from cause
    return caught.value


def test_the_detail_of_an_error_is_left_out_and_its_message_is_not() -> None:
    inner = _raised(DatabaseError("breaks the rule of tags", "23514", "Failing row contains (1, secret,\nmore)."))
    text = formatted(_raised(RuntimeError(f"wrapped: {inner}"), inner))
    assert "breaks the rule of tags" in text
    assert text.count(HIDDEN) == 2
    assert "secret" not in text
    assert "more)" not in text
    assert "test_tracebacks.py" in text


def test_a_message_about_a_value_is_left_out() -> None:
    text = formatted(_raised(DatabaseError("invalid input for integer: secret", "22P02")))
    assert "secret" not in text
    assert "DatabaseError" in text


def test_errors_in_groups_are_looked_at_too() -> None:
    group = ExceptionGroup(
        "several", [DatabaseError("rule", "23505", "Key (name)=(secret) exists."), ValueError("fine")]
    )
    text = formatted(_raised(group))
    assert "secret" not in text
    assert "fine" in text


def test_local_variables_are_not_told() -> None:
    def failing() -> None:
        local = "secret"[::-1][::-1]
        assert local
        raise ValueError("plain")

    with pytest.raises(ValueError, match="plain") as caught:
        failing()
    assert "local = 'secret'" not in formatted(caught.value)


def test_an_exception_is_found_wherever_a_logger_puts_it() -> None:
    error = _raised(ValueError("one"))
    for given in (error, (ValueError, error, None)):
        assert "ValueError: one" in with_exception(None, "error", {"exc_info": given})["exception"]
    try:
        raise error
    except ValueError:
        assert "ValueError: one" in with_exception(None, "error", {"exc_info": True})["exception"]
    for nothing in (None, False, (None, None, None), True):
        assert sys.exc_info()[1] is None
        assert "exception" not in with_exception(None, "error", {"exc_info": nothing})
