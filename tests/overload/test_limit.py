"""The limit that follows what is waited, held against a model and under any waits."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from server.overload.limit import LEAST, SAMPLES, WINDOW, AdaptiveLimit

MOST = 500
TARGET = 0.1


class Time:
    """A clock that stands until it is told to go on."""

    def __init__(self, limit: AdaptiveLimit) -> None:
        self.now = 1_000.0
        self.limit = limit

    def window(self, *waits: float) -> None:
        """Let a window pass in which these were waited."""
        for number in range(max(len(waits), SAMPLES)):
            self.now += WINDOW / SAMPLES + 0.001
            self.limit.judge(waits[number % len(waits)], TARGET, self.now)


def filled(places: int) -> AdaptiveLimit:
    limit = AdaptiveLimit(MOST)
    assert all(limit.take() for _ in range(places))
    return limit


def test_who_comes_when_all_places_are_taken_is_shed_and_counted() -> None:
    limit = filled(MOST)
    assert not limit.take()
    assert not limit.take()
    assert (limit.in_flight, limit.shed) == (MOST, 2)
    limit.leave()
    assert limit.take()


def test_one_long_step_takes_no_place_away() -> None:
    limit = filled(200)
    time = Time(limit)
    for _ in range(20):
        time.window(5.0, 0.0, 0.0)
    assert limit.limit == MOST


def test_a_queue_that_stands_takes_places_away_and_never_the_last_ones() -> None:
    limit = filled(400)
    time = Time(limit)
    time.window(1.0)
    assert limit.limit <= 200
    for _ in range(50):
        while limit.in_flight > limit.limit:
            limit.leave()
        time.window(1.0)
    assert limit.limit < LEAST * 1.3
    assert limit.limit >= LEAST


def test_no_further_place_goes_before_those_who_have_none_any_more_have_left() -> None:
    limit = filled(400)
    time = Time(limit)
    time.window(1.0)
    after_one = limit.limit
    for _ in range(10):
        time.window(1.0)
    assert limit.limit == after_one


def test_all_places_are_back_within_five_seconds_of_calm() -> None:
    limit = filled(MOST)
    time = Time(limit)
    while limit.limit > LEAST + 10:
        while limit.in_flight > limit.limit:
            limit.leave()
        time.window(10.0)
    while limit.in_flight:
        limit.leave()
    began = time.now
    while limit.limit < MOST:
        time.window(0.0)
    assert time.now - began < 5
    assert limit.is_calm


def test_a_steady_load_finds_the_limit_that_makes_the_wait_as_long_as_it_may_be() -> None:
    """Each place that is taken makes the wait a millisecond longer: 100 places are right."""
    limit = filled(MOST)
    time = Time(limit)
    for _ in range(60):
        while limit.in_flight > limit.limit:
            limit.leave()
        while limit.take():
            pass
        time.window(limit.in_flight / 1000)
    assert 80 <= limit.limit <= 130


def test_a_cap_holds_while_it_is_there_and_never_takes_the_last_places() -> None:
    limit = filled(100)
    limit.cap(40)
    assert (limit.limit, limit.take()) == (40, False)
    limit.cap(0)
    assert limit.limit == LEAST
    limit.cap(MOST)
    assert limit.take()


def test_fewer_places_than_the_least_are_all_kept() -> None:
    limit = AdaptiveLimit(2)
    assert [limit.take() for _ in range(3)] == [True, True, False]
    time = Time(limit)
    for _ in range(10):
        time.window(9.0)
    assert limit.limit == 2


def test_somebody_is_told_when_it_becomes_busy() -> None:
    told = []
    limit = AdaptiveLimit(MOST, lambda: told.append(limit.in_flight))
    for _ in range(LEAST + 5):
        limit.take()
    assert told == [LEAST]


@given(
    most=st.integers(1, 2_000),
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("judge"), st.floats(0, 100), st.floats(0.001, 2)),
            st.tuples(st.just("take"), st.integers(1, 300), st.none()),
            st.tuples(st.just("leave"), st.integers(1, 300), st.none()),
            st.tuples(st.just("cap"), st.integers(0, 3_000), st.none()),
        ),
        max_size=60,
    ),
)
def test_whatever_happens_it_stays_within_its_bounds_and_recovers(
    most: int, steps: list[tuple[str, float, float]]
) -> None:
    limit, now, inside = AdaptiveLimit(most), 10.0, 0
    for what, number, seconds in steps:
        if what == "judge":
            now += seconds
            limit.judge(number, TARGET, now)
        elif what == "cap":
            limit.cap(int(number))
        else:
            for _ in range(int(number)):
                if what == "take":
                    inside += limit.take()
                elif inside:
                    limit.leave()
                    inside -= 1
        assert min(LEAST, most) <= limit.limit <= most
        assert limit.in_flight == inside <= most
    limit.cap(most)
    for _ in range(inside):
        limit.leave()
    time = Time(limit)
    time.now = now
    for _ in range(40):
        time.window(0.0)
    assert limit.limit == most


class Model(RuleBasedStateMachine):
    """Beside a set of those who are inside."""

    def __init__(self) -> None:
        super().__init__()
        self.limit = AdaptiveLimit(40)
        self.time = Time(self.limit)
        self.inside = 0
        self.shed = 0

    @rule()
    def come(self) -> None:
        room = self.inside < self.limit.limit
        assert self.limit.take() == room
        self.inside += room
        self.shed += not room

    @precondition(lambda self: self.inside)
    @rule()
    def go(self) -> None:
        self.limit.leave()
        self.inside -= 1

    @rule(wait=st.floats(0, 1))
    def wait(self, wait: float) -> None:
        before = self.limit.limit
        self.time.window(wait)
        if wait > TARGET:
            assert self.limit.limit <= max(before, self.inside, LEAST) + 4
        else:
            assert self.limit.limit >= before

    @invariant()
    def counts_agree(self) -> None:
        assert (self.limit.in_flight, self.limit.shed) == (self.inside, self.shed)


TestModel = Model.TestCase
