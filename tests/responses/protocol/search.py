"""Breadth-first search: every state that can be reached, and the shortest way to the first that breaks the promise."""

from collections import Counter
from time import process_time
from typing import NamedTuple

from tests.responses.protocol.state import Config, Process, State, first
from tests.responses.protocol.steps import Model


class Found(NamedTuple):
    """What a search came to."""

    states: int
    seconds: float
    violation: str
    trace: tuple[str, ...]
    facts: Counter[str]


def canonical(state: State) -> State:
    """One state for all that differ only in how the processes are numbered."""
    processes = state.processes
    if len(processes) < 2 or processes[0] == processes[1]:
        return state
    return state._replace(processes=tuple(sorted(processes, key=_order)))


def _order(process: Process) -> tuple[tuple[int, ...], str]:
    look, base, server, *rest = process
    return (*look, base, server), str(rest) if any(rest) else ""


def search(config: Config, broken: str = "", limit: int = 5_000_000) -> Found:
    """Look at every state, until one breaks the promise."""
    began = process_time()
    model = Model(config, broken)
    start = first(config)
    before: dict[State, tuple[State, str] | None] = {start: None}
    level = [start]
    facts: Counter[str] = Counter()
    while level:
        following: list[State] = []
        for state in level:
            for step, reached in model.steps(state):
                after = canonical(reached)
                if after in before:
                    continue
                before[after] = state, step
                violation = model.violation(after)
                if violation:
                    trace = (*_trace(before, after), violation)
                    return Found(len(before), process_time() - began, violation, trace, facts)
                facts.update(set(model.facts(after)))
                following.append(after)
            if len(before) > limit:
                raise RuntimeError(f"more than {limit} states: {config.name}")
        level = following
    return Found(len(before), process_time() - began, "", (), facts)


def _trace(before: dict[State, tuple[State, str] | None], state: State) -> tuple[str, ...]:
    steps: list[str] = []
    while (came := before[state]) is not None:
        state, step = came
        steps.append(step)
    return tuple(reversed(steps))


def stuck(config: Config) -> tuple[int, int]:
    """How many states there are, and from how many of them no hit can come any more unless by a fault."""
    model = Model(config)
    start = canonical(first(config))
    numbers = {start: 0}
    states, origins, ready = [start], [list[int]()], list[int]()
    for number, state in enumerate(states):
        if model.ready(state):
            ready.append(number)
        for step, reached in model.steps(state):
            after = canonical(reached)
            if after not in numbers:
                numbers[after] = len(states)
                states.append(after)
                origins.append([])
            if not step.startswith("!"):
                origins[numbers[after]].append(number)
    good = set(ready)
    while ready:
        for number in origins[ready.pop()]:
            if number not in good:
                good.add(number)
                ready.append(number)
    return len(states), len(states) - len(good)
