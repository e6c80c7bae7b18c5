"""What is searched: small worlds, each with its own troubles."""

from tests.responses.protocol.state import Config

_BOTH = ((0,), (1,))
_SERVERS = frozenset({"restored", "two servers"})

SMALL = (
    Config("mutations", touches=(1, 1), fills=2),
    Config("tags", touches=(1, 3), queries=_BOTH, fills=2),
    Config("statements", touches=(3, 1), queries=((0, 1),)),
    Config("time-outs", faults=frozenset({"timeout"}), budget=1, fills=2),
    Config("emptied", faults=frozenset({"emptied"}), budget=1, fills=2),
    Config("closed", faults=frozenset({"closed"}), budget=1, fills=2),
    Config("begins closed", touches=(1, 1), starts_closed=True),
    Config("closed while opening", faults=frozenset({"closed"}), budget=1, starts_closed=True),
    Config("opener dies", faults=frozenset({"opener dies"}), budget=1, starts_closed=True),
    Config("raw SQL", touches=(1, 1), raw=1),
    Config("raw SQL, emptied", raw=1, faults=frozenset({"emptied"}), budget=1),
    Config("raw SQL, restart", raw=1, faults=frozenset({"restart"}), budget=2),
    Config("restart", faults=frozenset({"restart", "closed"}), budget=2),
    Config("restored", faults=frozenset({"restored"}), budget=1),
    Config("two servers", processes=1, faults=_SERVERS, budget=1, epochs=2),
    Config("late wipe", faults=frozenset({"late wipe"}), budget=1, starts_closed=True),
    Config("slow reads", split=True),
    Config("slow reads, closed", processes=1, faults=frozenset({"closed"}), budget=1, split=True),
    Config("two epochs", touches=(2, 1), raw=3, processes=1, faults=frozenset({"closed"}), budget=1, split=True),
    Config("slow reads, raw SQL", raw=1, split=True),
    Config("slow looks", faults=frozenset({"timeout"}), budget=1, slow_looks=True),
    Config("slow looks, raw SQL", touches=(1, 1), raw=1, slow_looks=True),
    Config("trimmed", touches=(1, 1), raw=1, faults=frozenset({"trim"}), budget=1),
    Config("joined", touches=(1, 1), raw=1, queries=((0, 0),)),
    Config("answers", faults=frozenset({"timeout"}), budget=1, fills=2, seen_counts=False),
)

LARGE = (
    Config("three mutations", touches=(1, 1, 1), fills=2),
    Config("two tags, three mutations", touches=(1, 3, 2), queries=_BOTH, fills=2),
    Config("two statements, emptied", touches=(3,), queries=((0, 1),), faults=frozenset({"emptied"}), budget=1),
    Config("two statements, raw SQL", touches=(3, 1), raw=1, queries=((0, 1),), fills=2),
    Config("two mutations, time-outs", touches=(1, 1), faults=frozenset({"timeout"}), budget=1),
    Config("two mutations, emptied", touches=(1, 1), faults=frozenset({"emptied"}), budget=1),
    Config(
        "two mutations, opener dies", touches=(1, 1), faults=frozenset({"opener dies"}), budget=1, starts_closed=True
    ),
    Config("emptied, late wipe", faults=frozenset({"emptied", "late wipe"}), budget=2),
    Config("emptied twice", faults=frozenset({"emptied"}), budget=2, fills=2),
    Config("answers, closed", faults=frozenset({"timeout", "closed"}), budget=2, fills=2, seen_counts=False),
    Config("emptied, restart", faults=frozenset({"emptied", "restart"}), budget=2),
    Config("raw SQL, closed, restart", raw=1, faults=frozenset({"closed", "restart"}), budget=2),
    Config("raw SQL, time-out", touches=(1, 1), raw=1, faults=frozenset({"timeout"}), budget=1),
    Config("time-out, late wipe", faults=frozenset({"timeout", "late wipe"}), budget=2),
    Config("restored from any moment", faults=frozenset({"restored"}), budget=1, saved=True),
    Config("two servers, three epochs", processes=1, faults=_SERVERS, budget=1, epochs=3),
    Config("two servers, two processes", faults=_SERVERS, budget=1, epochs=2),
    Config("slow reads, emptied", faults=frozenset({"emptied"}), budget=1, split=True, aborts=False),
    Config("slow reads, two servers", processes=1, faults=_SERVERS, budget=1, epochs=2, split=True),
    Config("trimmed, restart", raw=1, faults=frozenset({"trim", "restart"}), budget=2),
    Config("slow looks, restart", raw=1, faults=frozenset({"restart"}), budget=1, slow_looks=True),
)
