"""When a read is served by the Redis plane, and whether that keeps the promise."""

from collections.abc import Iterator

from tests.responses.protocol.state import (
    ANSWERED,
    COMMITTED,
    OPEN,
    Config,
    Fill,
    Process,
    Server,
    State,
)


class Reads:
    """The checks that a hit and a joined execution need, each of which a variant may leave out."""

    def __init__(self, config: Config, broken: str = "") -> None:
        self.config = config
        self.broken = broken
        self.joined_blindly = broken in {"join_naively", "join_without_look"}

    def oldest_fresh(self, state: State) -> int:
        """Up to where in the log every look that is still fresh was told."""
        return min(
            (look.seen for p in state.processes for look in (p.look, p.asked) if look and look.fresh),
            default=len(state.log),
        )

    def must(self, state: State) -> int:
        """What a read that arrives now must be served: a mask of writers."""
        mask = 0
        lapsed = self.oldest_fresh(state)
        for place, writer in enumerate(state.log):
            if self.config.raw >> writer & 1:
                obliges = place < lapsed
            elif self.config.seen_counts:
                obliges = state.writers[writer].stage in (COMMITTED, ANSWERED)
            else:
                obliges = state.writers[writer].stage == ANSWERED or bool(state.seen >> writer & 1)
            mask |= obliges << writer
        return mask

    def told(self, state: State, process: Process) -> int:
        """The writers that looks told of, ended or not."""
        mask = 0
        for writer in state.log[process.base : process.look.seen]:
            mask |= 1 << writer
        return mask

    def overlay(self, state: State, process: Process, view: Server) -> int:
        """The writers that looks told of and that this sync has not seen as ended."""
        if self.broken == "no_overlay":
            return 0
        if self.broken == "overlay_left_at_reply":
            return self.told(state, process) & ~state.servers[process.server].ended
        return self.told(state, process) & ~view.ended

    def trusts(self, process: Process, view: Server) -> bool:
        """Whether the process may believe its sync at all: the look, the server and the epoch."""
        look = process.look
        return (
            look.status == OPEN
            and (look.fresh or self.broken == "no_look")
            and (look.server == process.server or self.broken == "no_run_id")
            and (look.epoch == view.epoch or self.broken == "epoch_not_in_redis")
        )

    def disturbed(self, mask: int, tags: tuple[int, ...]) -> bool:
        """Whether one of these writers touches one of these tags."""
        touches = self.config.touches
        return any(mask >> writer & 1 and touches[writer] >> tag & 1 for writer in range(len(touches)) for tag in tags)

    def unchanged(self, view: Server, entry: Fill) -> bool:
        """Whether Redis knows of no change, finished or pending, since the entry's g0."""
        tags = self.config.queries[entry.query]
        if any(view.stamps[tag] > entry.g0 for tag in tags) and self.broken != "pending_only":
            return False
        return self.broken == "stamps_only" or not self.disturbed(view.marks, tags)

    def hit(self, state: State, process: Process, view: Server, entry: Fill) -> bool:
        """Whether this process serves that entry by this sync; it trusts the sync already."""
        if entry.epoch != process.look.epoch and self.broken != "entry_without_epoch":
            return False
        if self.broken == "checked_when_stored":
            return True
        if entry.g0 < view.floor and self.broken != "no_floor":
            return False
        overlay = self.overlay(state, process, view)
        return self.unchanged(view, entry) and not self.disturbed(overlay, self.config.queries[entry.query])

    def joins(self, state: State, process: Process, view: Server, fill: Fill) -> bool:
        """Whether a read is given what a running execution will give."""
        if self.broken == "join_naively":
            return True
        quiet = view.clock == fill.g0 and not view.marks and not self.overlay(state, process, view)
        if self.broken == "join_without_look":
            return quiet
        return quiet and self.trusts(process, view) and fill.epoch == process.look.epoch

    def stale(self, state: State, fill: Fill, must: int) -> bool:
        """Whether one of the statements had its snapshot before something that must be served."""
        touches = self.config.touches
        for tag, place in zip(self.config.queries[fill.query], fill.places, strict=False):
            for writer in state.log[place:]:
                if must >> writer & 1 and touches[writer] >> tag & 1:
                    return True
        return False

    def shown(self, state: State, entry: Fill) -> int:
        """The mutations whose effect the entry shows."""
        mask = 0
        for tag, place in zip(self.config.queries[entry.query], entry.places, strict=True):
            for writer in state.log[:place]:
                mask |= (self.config.touches[writer] >> tag & 1) << writer
        return mask & ~self.config.raw

    def mixed(self, state: State, entry: Fill, must: int) -> bool:
        """Whether the entry shows what was never true at one moment; raw SQL that may yet be missed is left out."""
        tags = self.config.queries[entry.query]
        moments = range(len(state.log) + 1)
        shown = [self.place(state, tag, place, must) for tag, place in zip(tags, entry.places, strict=True)]
        return all([self.place(state, tag, moment, must) for tag in tags] != shown for moment in moments)

    def place(self, state: State, tag: int, upto: int, writers: int = -1) -> int:
        """The last change of a tag before a place in the log, by these writers: snapshots with the same are equal."""
        for index in range(upto - 1, -1, -1):
            writer = state.log[index]
            if writers >> writer & 1 and self.config.touches[writer] >> tag & 1:
                return index + 1
        return 0

    def under_way(self, state: State) -> Iterator[tuple[int, Process, Server, int]]:
        """The reads that could be answered now: process, what its sync saw, and what the read must be served.

        Where reads take no time, each process could answer one that arrived just now.
        """
        if not self.config.split:
            must = self.must(state)
            for number, process in enumerate(state.processes):
                yield number, process, state.servers[process.server], must
            return
        for number, process in enumerate(state.processes):
            if process.read and process.read.view:
                yield number, process, process.read.view, process.read.must

    def violation(self, state: State) -> str:
        """What a read could be served now that it must not be, in words; empty if there is nothing."""
        for number, process, view, must in self.under_way(state):
            trusted = self.trusts(process, view)
            if trusted:
                for entry in state.entries:
                    if self.hit(state, process, view, entry):
                        if self.stale(state, entry, must):
                            return f"process {number} serves a stale entry: {entry}"
                        if self.mixed(state, entry, must):
                            return f"process {number} serves an entry of two states: {entry}"
            if trusted or self.joined_blindly:
                for fill in state.fills:
                    if fill.places and self.stale(state, fill, must) and self.joins(state, process, view, fill):
                        return f"process {number} lets a read join a stale execution: {fill}"
        return ""

    def facts(self, state: State) -> Iterator[str]:
        """What is worth having happened, so that the search is known not to be vacuous."""
        if state.log and all(w.stage in (COMMITTED, ANSWERED) for w in state.writers):
            yield "all committed"
        if state.plane.status == OPEN and state.plane.epoch > 1:
            yield "opened again"
        for process in state.processes:
            view = state.servers[process.server]
            if not self.trusts(process, view):
                continue
            for entry in state.entries:
                if self.hit(state, process, view, entry):
                    yield "hit"
                    if process.look.epoch > 1:
                        yield "hit after opening again"
                    if view.clock > entry.g0:
                        yield "untouched stays"
                    if any(entry.places):
                        yield "hit of a new state"

    def ready(self, state: State) -> bool:
        """Whether a response that is filled now could be served by the Redis plane, to whoever asks any process."""
        for process in state.processes:
            view = state.servers[process.server]
            if not self.trusts(process, view) or view.marks or self.overlay(state, process, view):
                return False
        return True
