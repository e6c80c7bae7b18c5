"""Who is refused before anybody knows what he asks: all, while the event loop has no time to spare."""

from collections.abc import Iterator

import pytest

from core.settings import Settings
from server.overload import gate as gates
from server.overload.gate import EMPTY, LOOK_EVERY, REST, Gate
from server.overload.limit import LEAST
from tests.overload.serving import until

CROWD = 100
SECOND = round(1 / LOOK_EVERY)


class Loop:
    """An event loop and a clock that a test moves: each look comes as late, and takes a turn as long, as it says."""

    def __init__(self, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gate = gate
        self.now = 100.0
        monkeypatch.setattr(gates, "monotonic", lambda: self.now)
        monkeypatch.setattr(gate, "_look_later", lambda: None)

    def looks(self, number: int, *, late: float = 0.0, turn: float = 0.0) -> None:
        for _ in range(number):
            due = self.now + LOOK_EVERY
            self.now = due + late + turn
            self.gate._look(due, due + late)


@pytest.fixture
def gate(settings: Settings) -> Iterator[Gate]:
    """With a crowd inside that waits for connections longer than it may."""
    made = Gate(settings)
    made._look_later = lambda: None  # type: ignore[method-assign]
    made.open(lambda: settings.request_timeout)
    for _ in range(CROWD):
        made.requests.take()
        made.executions.take()
    yield made
    made.close()


def is_refused_unread(gate: Gate) -> bool:
    return gate.executions.is_full and gate.requests.is_full


def test_many_short_steps_leave_no_time_though_nobody_waits_long(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = Loop(gate, monkeypatch)
    loop.looks(3 * SECOND, late=REST / 4, turn=EMPTY * 3)
    assert is_refused_unread(gate)


def test_where_only_connections_are_wanting_what_is_asked_is_looked_at(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = Loop(gate, monkeypatch)
    loop.looks(3 * SECOND, late=REST / 4, turn=EMPTY / 4)
    assert gate.executions.is_full
    assert not gate.requests.is_full


def test_at_the_first_look_it_counts_as_busy_for_it_was_called_because_many_came(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    Loop(gate, monkeypatch).looks(1, turn=EMPTY * 3)
    assert is_refused_unread(gate)


def test_a_loop_that_works_most_of_the_time_is_at_ease_only_when_it_works_much_less(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = Loop(gate, monkeypatch)
    loop.looks(SECOND, turn=EMPTY * 3)
    for _ in range(2 * SECOND):  # three of four
        loop.looks(3, turn=EMPTY * 3)
        loop.looks(1)
    assert is_refused_unread(gate)
    loop.looks(SECOND)
    assert not gate.requests.is_full
    for _ in range(2 * SECOND):
        loop.looks(3, turn=EMPTY * 3)
        loop.looks(1)
        assert not gate.requests.is_full


def test_when_all_have_left_it_looks_no_more_and_all_may_come(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = Loop(gate, monkeypatch)
    loop.looks(SECOND, turn=EMPTY * 3)
    gate.open(float)
    for _ in range(CROWD):
        gate.requests.leave()
        gate.executions.leave()
    loop.looks(10 * SECOND)
    assert (gate.busy, gate.lag) == (0.0, 0.0)
    assert gate.requests.limit == gate.executions.limit == gate.requests.most > LEAST


async def test_it_looks_while_many_are_inside_and_no_longer(settings: Settings) -> None:
    gate = Gate(settings)
    for _ in range(LEAST):
        gate.requests.take()
    assert gate.busy == 1.0
    await until(lambda: 0.0 < gate.busy < 1.0)  # it saw that nothing is done here
    for _ in range(LEAST):
        gate.requests.leave()
    await until(lambda: gate.busy == 0.0)
    gate.close()
