"""When a process that serves is taken for one that hangs."""

import itertools

import pytest
import uvicorn

from cli import workers as module
from cli.workers import START_TIMEOUT, Worker
from core.settings import Settings

PATIENCE = 5.0
STEP = 0.5


class Looking:
    """Looks at a process that the test speaks for, by a clock of its own."""

    def __init__(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(module, "monotonic", lambda: self.now)
        patient = settings.model_copy(update={"worker_timeout": PATIENCE})
        self.worker = Worker(uvicorn.Config("nowhere:app"), [], patient)

    def after(self, seconds: float, *told: tuple[bool, int]) -> bool:
        """Look so much later, when the process has answered this; whether it is taken to hang."""
        self.now += seconds
        for one in told:
            self.worker.child_conn.send(one)
        self.worker.look()
        return self.worker.is_hung


@pytest.fixture
def looking(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Looking:
    return Looking(settings, monkeypatch)


def test_one_whose_event_loop_goes_round_does_not_hang(looking: Looking) -> None:
    assert not any(looking.after(STEP, (True, ticked)) for ticked in range(100))


@pytest.mark.parametrize("answers", [(), ((True, 7),)])
def test_one_that_stands_still_hangs_after_its_time(looking: Looking, answers: tuple[tuple[bool, int], ...]) -> None:
    assert not looking.after(STEP, (True, 7))
    looks = next(number for number in itertools.count(1) if looking.after(STEP, *answers))
    assert PATIENCE < looks * STEP <= PATIENCE + STEP


def test_one_that_took_long_to_begin_has_all_of_its_time_from_then_on(looking: Looking) -> None:
    assert not any(looking.after(STEP, (False, 0)) for _ in range(int(2 * PATIENCE / STEP)))
    # It serves, and its event loop has not gone round yet.
    assert not looking.after(STEP, (True, 0))
    assert not any(looking.after(STEP, (True, 0)) for _ in range(int(PATIENCE / STEP)))
    assert looking.after(STEP, (True, 0))


def test_one_that_does_not_begin_hangs_in_the_end(looking: Looking) -> None:
    looks = next(number for number in itertools.count(1) if looking.after(STEP, (False, 0)))
    assert START_TIMEOUT < looks * STEP <= START_TIMEOUT + 2 * STEP


def test_while_nobody_looks_none_is_seen_to_hang(looking: Looking) -> None:
    """All stood still, as when the machine slept: the process shall not be the first to be blamed."""
    assert not looking.after(STEP, (True, 7))
    assert not looking.after(100 * PATIENCE)
    assert not looking.after(STEP, (True, 8))
