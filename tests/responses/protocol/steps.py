"""The steps of processes, fills, the opener and the faults; and all steps together."""

from tests.responses.protocol.state import (
    CLOSED,
    IN_TRANSACTION,
    OPEN,
    OPENING,
    Fill,
    Look,
    Opener,
    Plane,
    Process,
    Read,
    Server,
    State,
    empty,
    put,
)
from tests.responses.protocol.writing import Steps, Writing


class Model(Writing):
    """The protocol, or a variant of it, in a configuration."""

    def steps(self, state: State) -> Steps:
        """Every step that can come next, in words, and the state after it; the faults are told by a `!`."""
        yield from self.writing(state)
        yield from self.reaping(state)
        yield from self.filling(state)
        yield from self.opening(state)
        for number, process in enumerate(state.processes):
            yield from self.looking(state, number, process)
            yield from self.closing(state, number, process)
            if self.config.split:
                yield from self.reading(state, number, process)
        if not self.config.seen_counts:
            yield from self.serving(state)
        yield from self.faults(state)

    def processed(self, state: State, number: int, **changes: object) -> State:
        """The state with that process changed."""
        process = state.processes[number]._replace(**changes)  # type: ignore[arg-type]
        return state._replace(processes=put(state.processes, number, process))

    def looking(self, state: State, number: int, process: Process) -> Steps:
        """A process looks at PostgreSQL; its look expires."""
        now = self.look(state)
        if self.config.slow_looks:
            if process.asked:
                told = process.asked
                if told.fresh:
                    late = told._replace(fresh=False)
                    yield f"the look of {number} is slow", self.processed(state, number, asked=late)
                if self.broken == "lease_from_reply":
                    told = told._replace(fresh=told.status == OPEN)
                yield f"process {number} is told {told}", self.told_of(state, number, told)
            elif process.look != now:
                yield f"process {number} sends a look", self.processed(state, number, asked=now)
        elif process.look != now:
            yield f"process {number} looks: {now}", self.told_of(state, number, now)
        if process.look.fresh:
            stale = process.look._replace(fresh=False)
            yield f"the look of {number} expires", self.processed(state, number, look=stale)

    def look(self, state: State) -> Look:
        """What a look would say now; only one that says open can let a read be served."""
        return Look(*state.plane, len(state.log), fresh=state.plane.status == OPEN)

    def told_of(self, state: State, number: int, look: Look) -> State:
        """The process with that look. In a new epoch what it was told before is forgotten: no fill missed it."""
        process = state.processes[number]
        base = process.base if look.epoch == process.look.epoch else process.look.seen
        return self.processed(state, number, look=look, base=base, asked=None)

    def closing(self, state: State, number: int, process: Process) -> Steps:
        """A process that finds another epoch or server closes; `drained` is written by who saw all ended."""
        plane, view = state.plane, state.servers[process.server]
        looked = process.look.epoch == plane.epoch and process.look.status != CLOSED
        if looked and plane.status != CLOSED and (view.epoch != plane.epoch or process.server != plane.server):
            yield f"process {number} closes", state._replace(plane=plane._replace(status=CLOSED))
        if "restart" in self.config.faults and process.look.epoch == view.epoch:
            seen = process.look.seen
            pending = self.told(state, process) & ~view.ended and self.broken != "drained_early"
            if view.drained != (view.epoch, seen) and not pending:
                drained = view._replace(drained=(view.epoch, seen))
                yield f"process {number} writes drained {seen}", self.served(state, process.server, drained)

    def reading(self, state: State, number: int, process: Process) -> Steps:
        """A read arrives, its sync is applied in Redis; when it is answered is for `violation` to judge."""
        read, view = process.read, state.servers[process.server]
        if self.broken == "sync_shared" and process.view is None:
            yield f"process {number} syncs for another read", self.processed(state, number, view=view)
        if read is None:
            arrived = Read(self.must(state), process.view)
            yield f"a read arrives at {number}", self.processed(state, number, read=arrived)
        elif read.view is None:
            if self.broken == "clock_kept":
                view, process = self.news(process, view)
                state = self.processed(state, number, known=process.known)
            yield f"process {number} syncs", self.processed(state, number, read=read._replace(view=view))
        else:
            yield f"process {number} answers", self.processed(state, number, read=None, view=None)

    def news(self, process: Process, view: Server) -> tuple[Server, Process]:
        """The variant asks for what is above the clock it knows, even if that was another epoch's."""
        clock, learned = process.known or (0, (0,) * len(view.stamps))
        stamps = tuple(max(old, new if new > clock else 0) for old, new in zip(learned, view.stamps, strict=True))
        return view._replace(stamps=stamps), process._replace(known=(max(clock, view.clock), stamps))

    def serving(self, state: State) -> Steps:
        """A read is served an entry: whoever reads after that must see what it showed."""
        for number, process, view, _ in self.under_way(state):
            for entry in state.entries:
                if self.trusts(process, view) and self.hit(state, process, view, entry):
                    seen = state.seen | self.shown(state, entry)
                    if seen != state.seen:
                        yield f"process {number} serves {entry}", state._replace(seen=seen)

    def filling(self, state: State) -> Steps:
        """Executions take g0, then each statement its snapshot; complete, they can be found by everyone."""
        if state.fills_left:
            left = state._replace(fills_left=state.fills_left - 1)
            for epoch, g0 in sorted({found for p in state.processes if (found := self.known(state, p))}):
                for query in range(len(self.config.queries)):
                    fill = Fill(query, epoch, g0, ())
                    name = f"a fill of {query} takes g0={g0} of epoch {epoch}"
                    if self.broken == "g0_after_snapshot":
                        fill = self.stated(state, fill)
                        name = f"a fill of {query} takes its snapshot"
                    yield name, left._replace(fills=tuple(sorted((*state.fills, fill))))
        for index, fill in enumerate(state.fills):
            others = state.fills[:index] + state.fills[index + 1 :]
            yield from self.statement(state._replace(fills=others), fill)

    def statement(self, state: State, fill: Fill) -> Steps:
        """The next statement of that fill, or its end."""
        statements = len(self.config.queries[fill.query])
        server = next((s for s in state.servers if s.epoch == fill.epoch), None)
        if server and (
            self.broken == "g0_after_snapshot" or (self.broken == "g0_of_second" and len(fill.places) == statements - 1)
        ):
            fill = fill._replace(g0=server.clock)
        if len(fill.places) < statements:
            fill = self.stated(state, fill)
        name = f"a fill of {fill.query} reads at {fill.places}"
        if len(fill.places) < statements:
            yield name, state._replace(fills=tuple(sorted((*state.fills, fill))))
        elif self.broken != "checked_when_stored" or (server and self.unchanged(server, fill)):
            yield f"{name} and stores", state._replace(entries=tuple(sorted({*state.entries, fill})))

    def stated(self, state: State, fill: Fill) -> Fill:
        """The fill with one more statement."""
        tag = self.config.queries[fill.query][len(fill.places)]
        return fill._replace(places=(*fill.places, self.place(state, tag, len(state.log))))

    def known(self, state: State, process: Process) -> tuple[int, int] | None:
        """The epoch and the clock by which this process may fill: its look said open, however long ago."""
        look, server = process.look, state.servers[process.server]
        opened = look.status == OPEN or (self.broken == "fill_while_opening" and look.status == OPENING)
        if opened and look.server == process.server and server.epoch == look.epoch:
            return look.epoch, server.clock
        return None

    def opening(self, state: State) -> Steps:
        """Wipe Redis, announce, wait for who may not know, note what was seen, open."""
        opener, plane = state.opener, state.plane
        if opener is None:
            ready = self.lapsed(state, plane.epoch) or self.broken == "open_at_once"
            if plane.status != OPEN and ready and state.epochs < self.config.epochs:
                yield from self.wiping(state, state.epochs + 1)
            return
        epoch, server = opener.epoch, opener.server
        if not opener.announced:
            waits = sum(1 << n for n, writer in enumerate(state.writers) if writer.stage in IN_TRANSACTION)
            waits = 0 if self.broken == "no_barrier" else waits
            told = opener._replace(announced=True, waits=waits)
            yield f"opening {epoch} is announced", state._replace(plane=Plane(OPENING, epoch, server), opener=told)
        elif not any(opener.waits >> n & 1 and w.stage in IN_TRANSACTION for n, w in enumerate(state.writers)):
            after = state._replace(opener=None)
            held = after.servers[server]
            if held.epoch == epoch:
                after = self.served(after, server, held._replace(drained=(epoch, len(state.log))))
            if self.opens(plane, opener):
                after = after._replace(plane=Plane(OPEN, epoch, server))
            yield f"{epoch} is opened", after
        if "opener dies" in self.config.faults and state.budget:
            yield "! the opener dies", state._replace(opener=None, budget=state.budget - 1)

    def opens(self, plane: Plane, opener: Opener) -> bool:
        """Whether the row is as the opener left it; the variant is shown by those that are not."""
        if self.broken == "open_whatever_happened":
            return plane == (CLOSED, opener.epoch, opener.server)
        return plane == (OPENING, opener.epoch, opener.server)

    def wiping(self, state: State, epoch: int) -> Steps:
        """The script that begins an epoch in Redis; it may be applied long after its sender gave up."""
        for index in self.alive(state):
            wiped = self.served(state, index, empty(self.config, epoch))._replace(epochs=epoch)
            begun = wiped._replace(opener=Opener(announced=False, epoch=epoch, server=index, waits=0))
            yield f"Redis {index} is wiped for epoch {epoch}", begun
            if "late wipe" in self.config.faults and state.budget and not state.wipe:
                spent = {"wipe": (epoch, index), "budget": state.budget - 1, "epochs": epoch}
                late = begun if self.broken == "epoch_tried_again" else state
                yield f"! wiping for epoch {epoch} times out", late._replace(**spent)  # type: ignore[arg-type]

    def alive(self, state: State) -> range:
        """The servers that can be reached: where one was restored, the older is gone, unless both go on."""
        both = "two servers" in self.config.faults
        return range(0 if both else len(state.servers) - 1, len(state.servers))

    def faults(self, state: State) -> Steps:
        """What goes wrong: each costs one of the budget, but for what was let loose already."""
        kinds = self.config.faults
        if state.wipe:
            epoch, index = state.wipe
            late = self.served(state, index, empty(self.config, epoch))._replace(wipe=None)
            yield f"wiping for epoch {epoch} is applied late", late
        if "restored" in kinds:
            yield from self.restoring(state)
        if state.budget:
            spent = state._replace(budget=state.budget - 1)
            for index, server in enumerate(state.servers):
                if server.epoch:
                    yield from self.losing(spent, index, server)
            if "closed" in kinds and state.plane.status != CLOSED:
                yield "! somebody closes", spent._replace(plane=state.plane._replace(status=CLOSED))
            if "restart" in kinds:
                for number in range(len(state.processes)):
                    yield f"! process {number} dies, another starts", self.started(spent, number)

    def losing(self, state: State, index: int, server: Server) -> Steps:
        """Redis forgets: all, or by rule what is no newer than the floor."""
        if "emptied" in self.config.faults:
            yield f"! Redis {index} is emptied", self.served(state, index, empty(self.config, 0))
        if "trim" in self.config.faults:
            left = server._replace(floor=server.clock, stamps=(0,) * len(server.stamps), ended=0)
            yield f"! Redis {index} is trimmed", self.served(state, index, left)

    def restoring(self, state: State) -> Steps:
        """Another server starts from an older copy; the old one is gone, unless there are two servers."""
        if len(state.servers) > 1:
            for number, process in enumerate(state.processes if "two servers" in self.config.faults else ()):
                other = 1 - process.server
                switched = self.processed(state, number, server=other, read=None, view=None)
                yield f"process {number} connects to Redis {other}", switched
            return
        if self.config.saved and state.saved is None:
            yield "Redis is saved", state._replace(saved=state.servers[0])
            return
        if not state.budget:
            return
        copy = state.saved or empty(self.config, 1)
        after = state._replace(servers=(*state.servers, copy), budget=state.budget - 1, saved=None)
        if "two servers" not in self.config.faults:
            gone = empty(self.config, 0)
            moved = tuple(p._replace(server=1, read=None, view=None) for p in state.processes)
            after = after._replace(servers=(gone, copy), processes=moved)
        yield "! another Redis is started from an older copy", after

    def started(self, state: State, number: int) -> State:
        """A new process: it begins its looks at `drained`, or closes if there is none for what is open."""
        server = state.processes[number].server
        epoch, seen = state.servers[server].drained
        base = len(state.log)
        if state.plane.status == OPEN and self.broken != "start_without_drained":
            if epoch == state.plane.epoch:
                base = seen
            else:
                state = state._replace(plane=state.plane._replace(status=CLOSED))
        return state._replace(processes=put(state.processes, number, Process(self.look(state), base, server)))
