"""The steps of mutations, of raw SQL, and of what follows them in Redis: mark, commit, answer, end, reap."""

from collections.abc import Iterator

from tests.responses.protocol.reads import Reads
from tests.responses.protocol.state import (
    ABORTED,
    ANSWERED,
    CLOSED,
    COMMITTED,
    EARLY,
    FAILED,
    IDLE,
    IN_TRANSACTION,
    MARKED,
    WROTE,
    Server,
    State,
    Writer,
    put,
)

Steps = Iterator[tuple[str, State]]


class Writing(Reads):
    """What writers do, one step at a time."""

    def lapsed(self, state: State, epoch: int) -> bool:
        """Whether no fresh look is left from before this epoch's closing: one that says open with it, or an older one.

        In the variant that opens after closing, a look that says open with it is not from before.
        """
        oldest = epoch - (self.broken == "open_whatever_happened" and epoch > 1)
        return not any(
            look.fresh and look.epoch <= oldest for p in state.processes for look in (p.look, p.asked) if look
        )

    def written(self, state: State, number: int, **changes: object) -> State:
        """The state with that writer changed."""
        writer = state.writers[number]._replace(**changes)  # type: ignore[arg-type]
        return state._replace(writers=put(state.writers, number, writer))

    def served(self, state: State, index: int, server: Server) -> State:
        """The state with that server changed."""
        return state._replace(servers=put(state.servers, index, server))

    def writing(self, state: State) -> Steps:
        """All steps of all writers."""
        for number, writer in enumerate(state.writers):
            if self.config.raw >> number & 1:
                if writer.stage == IDLE:
                    yield f"raw SQL {number} commits", self.committed(state, number)
            else:
                yield from self.mutation(state, number, writer)
        for number in state.log:
            yield from self.ending(state, number)

    def mutation(self, state: State, number: int, writer: Writer) -> Steps:
        """The steps of one mutation."""
        stage, plane = writer.stage, writer.plane
        name = f"mutation {number}"
        if stage == IDLE:
            begun = EARLY if self.broken == "plane_read_early" else WROTE
            did = "writes, " if begun == WROTE else ""
            yield f"{name} {did}reads the plane", self.written(state, number, stage=begun, plane=state.plane)
        elif stage == EARLY:
            yield f"{name} writes", self.written(state, number, stage=WROTE)
        elif stage == FAILED or (stage == WROTE and plane and plane.status == CLOSED):
            yield from self.unmarked(state, number, writer)
        elif stage == WROTE:
            yield from self.marking(state, number, writer)
        elif stage == MARKED:
            yield f"{name} commits", self.committed(state, number)
        elif stage == COMMITTED:
            yield from self.answering(state, number, writer)
        if stage in IN_TRANSACTION and self.config.aborts:
            yield f"{name} aborts or its process dies", self.written(state, number, stage=ABORTED)
        yield from self.marking_late(state, number, writer)

    def marking_late(self, state: State, number: int, writer: Writer) -> Steps:
        """MARK that was given up is applied after all; in a variant, MARK comes only now."""
        plane = writer.plane
        if plane and state.servers[plane.server].epoch == plane.epoch:
            server = state.servers[plane.server]
            marked = self.served(state, plane.server, server._replace(marks=server.marks | 1 << number))
            if writer.late:
                yield f"MARK of {number} is applied late", self.written(marked, number, late=False)
            elif writer.stage == COMMITTED and self.broken == "mark_after_commit" and not server.ended >> number & 1:
                yield f"MARK of {number}", marked

    def marking(self, state: State, number: int, writer: Writer) -> Steps:
        """MARK is applied, refused, or its sender gives up."""
        plane, name = writer.plane, f"MARK of {number}"
        assert plane
        server = state.servers[plane.server]
        if self.broken in {"mark_after_commit", "end_without_mark", "end_before_answer"}:
            yield f"{name} is left out", self.written(state, number, stage=MARKED)
            return
        if self.broken in {"stamp_before_commit", "stamp_before_and_after"}:
            stamped = self.ended(server, number) if server.epoch == plane.epoch else server
            yield f"{number} stamps", self.served(self.written(state, number, stage=MARKED), plane.server, stamped)
            return
        where = range(len(state.servers)) if self.broken == "no_run_id" else (plane.server,)
        for index in where:
            server = state.servers[index]
            if server.epoch == plane.epoch:
                marked = server._replace(marks=server.marks | 1 << number)
                yield f"{name} is applied", self.served(self.written(state, number, stage=MARKED), index, marked)
        if len(state.servers) > 1 or server.epoch != plane.epoch:
            yield f"{name} is refused", self.written(state, number, stage=FAILED, failed=True)
        if "timeout" in self.config.faults and state.budget:
            failed = self.written(state, number, stage=FAILED, failed=True, late=True)
            yield f"! {name} times out", failed._replace(budget=state.budget - 1)

    def unmarked(self, state: State, number: int, writer: Writer) -> Steps:
        """What could set no mark closes, and waits for the lease, before it commits."""
        plane, name = writer.plane, f"mutation {number}"
        assert plane
        opened = state.plane.epoch == plane.epoch and state.plane.status != CLOSED
        if writer.failed and opened and self.broken != "lease_after_commit":
            yield f"{name} closes", state._replace(plane=state.plane._replace(status=CLOSED))
            return
        wait = "no_lease_after_mark" if writer.failed else "no_lease_when_closed"
        if self.broken in {wait, "lease_after_commit"} or self.lapsed(state, plane.epoch):
            yield f"{name} commits without a mark", self.committed(state, number)

    def answering(self, state: State, number: int, writer: Writer) -> Steps:
        """The client is told; it matters only where what was answered obliges, not what was committed."""
        plane = writer.plane
        if self.config.seen_counts or not plane:
            return
        if self.broken == "end_before_answer" and not state.servers[plane.server].ended >> number & 1:
            return
        if self.broken == "lease_after_commit" and (writer.failed or plane.status == CLOSED):
            if plane.status == CLOSED and not self.lapsed(state, plane.epoch):
                return
            if writer.failed and self.oldest_fresh(state) <= state.log.index(number):
                return
        yield f"mutation {number} is answered", self.written(state, number, stage=ANSWERED)

    def committed(self, state: State, number: int) -> State:
        """The state with that writer's commit in the log."""
        return self.written(state, number, stage=COMMITTED)._replace(log=(*state.log, number))

    def ended(self, server: Server, number: int) -> Server:
        """What the END script leaves."""
        clock = server.clock + 1
        touches = self.config.touches[number]
        stamps = tuple(clock if touches >> tag & 1 else stamp for tag, stamp in enumerate(server.stamps))
        if self.broken == "end_without_stamp":
            stamps = server.stamps
        return server._replace(
            clock=clock, stamps=stamps, ended=server.ended | 1 << number, marks=server.marks & ~(1 << number)
        )

    def ending(self, state: State, number: int) -> Steps:
        """END of what was committed, by whoever knows of it: its process, one that drains, one that reaps."""
        place = state.log.index(number)
        plane = state.writers[number].plane
        for index, server in enumerate(state.servers):
            if not server.epoch or self.broken == "stamp_before_commit":
                continue
            bit = 1 << number
            if server.ended & bit:
                if server.marks & bit:
                    yield (
                        f"the mark of {number} is removed",
                        self.served(state, index, server._replace(marks=server.marks & ~bit)),
                    )
            elif (
                server.marks & bit
                or (plane and plane.epoch == server.epoch)
                or any(p.look.epoch == server.epoch and p.base <= place < p.look.seen for p in state.processes)
            ):
                yield f"END of {number}", self.served(state, index, self.ended(server, number))

    def reaping(self, state: State) -> Steps:
        """Marks that are removed without a stamp: of what was aborted, and in variants of more."""
        for index, server in enumerate(state.servers):
            for number, writer in enumerate(state.writers):
                if server.marks >> number & 1 and self.reapable(writer):
                    left = server._replace(marks=server.marks & ~(1 << number))
                    yield f"the mark of {number} is reaped", self.served(state, index, left)

    def reapable(self, writer: Writer) -> bool:
        """Whether a mark may go without a stamp: only if PostgreSQL says that nothing was committed."""
        running = writer.stage in IN_TRANSACTION
        return (
            writer.stage == ABORTED
            or self.broken == "reap_on_timeout"
            or (self.broken == "reap_in_progress" and running)
            or (self.broken == "unmark_unknown_commit" and not running)
        )
